import { readFile } from 'node:fs/promises'
import {
  hospitalAddressSigner,
  type SignedHospitalAddress,
  signHospitalAddress,
} from '@hygeia/protocol/hospital/address'
import { type Address, fromHex, type Hex, type Hex32, toHex } from '@hygeia/protocol/ids'
import type { Recover, Signer } from '@hygeia/protocol/signature'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import type { UnixMs } from '@hygeia/protocol/units'
import { writeAtomic } from '@hygeia/runtime/atomic-write'
import type { Clock } from '@hygeia/runtime/clock'
import { z } from 'zod'
import { AddressError } from './address-errors.ts'

export interface AddressesOptions {
  readonly path: string
  readonly realm: Realm
  /** Operator account of this hospital. */
  readonly hospital: Address
}

export interface AddressesDeps {
  /** The receipt key. */
  readonly signer: Signer
  readonly recover: Recover
  /** Receipt key of an active hospital, as the chain has it. */
  readonly receiptKeyOf: (hospital: Address) => Promise<Address | undefined>
  readonly clock: Clock
}

const HOSPITAL_LIMIT = 64
const hex = (bytes: number) => z.string().regex(new RegExp(`^0x[0-9a-f]{${bytes * 2}}$`))
const Book = z
  .array(
    z.strictObject({
      hospital: hex(20),
      api: z.url({ protocol: /^https$/ }).max(256),
      caHash: hex(32),
      issued: z.int().min(0),
      signature: hex(64),
    }),
  )
  .max(HOSPITAL_LIMIT)

/** Where the hospitals of the consortium are reached, each by its own signed word, for whoever looks for them. */
export class Addresses {
  readonly #options: AddressesOptions
  readonly #deps: AddressesDeps
  readonly #held = new Map<Address, SignedHospitalAddress>()

  constructor(options: AddressesOptions, deps: AddressesDeps) {
    this.#options = options
    this.#deps = deps
  }

  async open(): Promise<void> {
    const text = await readFile(this.#options.path, 'utf8').catch((cause: unknown) => {
      if (Object(cause).code === 'ENOENT') return '[]'
      throw cause
    })
    for (const { hospital, caHash, issued, signature, api } of Book.parse(JSON.parse(text))) {
      const address = {
        api,
        issued: issued as UnixMs,
        caHash: caHash as Hex32,
        hospital: hospital as Address,
      }
      this.#held.set(address.hospital, { ...address, signature: fromHex(signature as Hex) })
    }
  }

  all(): readonly SignedHospitalAddress[] {
    return [...this.#held.values()]
  }

  /** Say where this hospital is reached from now on; anew only when that has changed. */
  async announce({ api, caHash }: { readonly api: string; readonly caHash: Hex32 }): Promise<void> {
    const { hospital, realm } = this.#options
    const held = this.#held.get(hospital)
    if (held?.api === api && held.caHash === caHash) return
    const address = { hospital, api, caHash, issued: this.#deps.clock.now() }
    await this.#keep(signHospitalAddress(realm, address, this.#deps.signer))
  }

  /**
   * Take another hospital's word. Older than what is held, it changes nothing.
   *
   * @throws {AddressError} `HOSPITAL_UNKNOWN` when no active hospital signed it with its present key
   */
  async put(address: SignedHospitalAddress): Promise<void> {
    const { realm, hospital } = this.#options
    const { recover, receiptKeyOf } = this.#deps
    const held = this.#held.get(address.hospital)
    if (address.hospital === hospital || (held !== undefined && held.issued >= address.issued)) return
    const receiptKey = await receiptKeyOf(address.hospital)
    if (receiptKey === undefined || hospitalAddressSigner(realm, address, recover) !== receiptKey) {
      throw new AddressError('not by an active hospital', { code: 'HOSPITAL_UNKNOWN' })
    }
    await this.#keep(address)
  }

  async #keep(address: SignedHospitalAddress): Promise<void> {
    this.#held.set(address.hospital, address)
    const book = this.all().map((one) => ({ ...one, signature: toHex(one.signature) }))
    await writeAtomic(this.#options.path, `${JSON.stringify(book, undefined, 2)}\n`)
  }
}
