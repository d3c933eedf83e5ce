import { openAtRest, sealAtRest } from '@hygeia/dapp/keys/at-rest'
import type { NamedGrant } from '@hygeia/dapp/physician/opening'
import { address, hex, hex32, hexOfBytes, unixMs } from '@hygeia/dapp/schema'
import { ALARM_PRIORITIES } from '@hygeia/protocol/alarm/alarm'
import { REASON_LIMIT, type SignedBreakGlass } from '@hygeia/protocol/emergency/emergency'
import { decodeGrant, encodeGrant } from '@hygeia/protocol/grant/codec'
import { type Address, fromHex, type Hex32, toHex } from '@hygeia/protocol/ids'
import { z } from 'zod'
import type { Database } from '../../store/database.ts'
import type { Silence } from './silences.ts'

/** Characters of a name that a physician gives a patient. */
export const NAME_LIMIT = 60

const Remembered = z.object({
  names: z.array(z.tuple([address, z.string().min(1).max(NAME_LIMIT)])),
  /** Documents of grants that stood when the hospital was last heard. */
  grants: z.array(z.tuple([hex32, hex])),
  glasses: z.array(
    z.strictObject({
      physician: address,
      grant: hex32,
      reason: z.string().max(REASON_LIMIT),
      salt: hex32,
      expires: unixMs,
      signature: hexOfBytes(64),
    }),
  ),
  silences: z
    .array(
      z.tuple([
        z.string(),
        z.object({
          until: unixMs,
          priority: z.enum(ALARM_PRIORITIES),
          wasAcknowledgedThere: z.boolean(),
        }),
      ]),
    )
    .default([]),
})

const KEPT_AS = 'physician-state'
const PURPOSE = 'physician-state'

/** What a physician's browser remembers, under a key that only the words yield. */
export class PhysicianMemory {
  readonly #database: Database
  readonly #entropy: Uint8Array
  readonly names = new Map<Address, string>()
  readonly grants = new Map<Hex32, NamedGrant>()
  /** The physician's own words for why emergency grants were opened, by grant. */
  readonly glasses = new Map<Hex32, SignedBreakGlass>()
  /** Alarms that were acknowledged or snoozed on this screen, by episode. */
  readonly silences = new Map<string, Silence>()

  private constructor(database: Database, entropy: Uint8Array) {
    this.#database = database
    this.#entropy = entropy
  }

  /** What cannot be read is left out: hospital and physician can tell it again. */
  static async open(database: Database, entropy: Uint8Array): Promise<PhysicianMemory> {
    const memory = new PhysicianMemory(database, entropy)
    const text = await database.get('kept', KEPT_AS)
    if (text !== undefined) memory.#read(text)
    return memory
  }

  async save(): Promise<void> {
    const clear: z.input<typeof Remembered> = {
      names: [...this.names],
      grants: [...this.grants].map(([hash, { grant }]) => [hash, toHex(encodeGrant(grant))]),
      glasses: [...this.glasses.values()].map((glass) => ({ ...glass, signature: toHex(glass.signature) })),
      silences: [...this.silences],
    }
    await this.#database.put('kept', sealAtRest(this.#entropy, PURPOSE, clear), KEPT_AS)
  }

  #read(text: string): void {
    let read: z.output<typeof Remembered>
    try {
      read = Remembered.parse(openAtRest(this.#entropy, PURPOSE, text))
    } catch {
      return
    }
    for (const [patient, name] of read.names) this.names.set(patient, name)
    for (const [episode, silence] of read.silences) this.silences.set(episode, silence)
    for (const glass of read.glasses) {
      this.glasses.set(glass.grant, { ...glass, signature: fromHex(glass.signature) })
    }
    for (const [hash, document] of read.grants) {
      this.grants.set(hash, { hash, grant: decodeGrant(fromHex(document)), glass: this.glasses.get(hash) })
    }
  }
}
