import { decodeGrant, encodeGrant } from '@hygeia/protocol/grant/codec'
import type { Grant } from '@hygeia/protocol/grant/grant'
import { grantHash } from '@hygeia/protocol/grant/grant'
import { type Address, fromHex, type Hex32, toHex } from '@hygeia/protocol/ids'
import { z } from 'zod'
import { openAtRest, sealAtRest } from '../keys/at-rest.ts'
import { address, hex, hex32, hexOfBytes } from '../schema.ts'
import type { Delivery } from './deliveries.ts'
import { PatientError } from './errors.ts'
import { Generations } from './generations.ts'

/** What a patient's side remembers between visits, in clear. */
const Remembered = z.strictObject({
  /** Newest generation by `category/YYYY-MM`. */
  generations: z.record(z.string(), z.int().min(0)),
  /** Serial of the newest label keys signed, by device. */
  serials: z.array(z.tuple([address, z.int().min(0)])),
  /** Grant documents. */
  grants: z.array(hex),
  /** Parcels that hospitals were not there to take. */
  undelivered: z
    .array(
      z.strictObject({
        grant: hex32,
        hospital: address,
        consent: z.strictObject({
          message: z.strictObject({
            patient: address,
            grant: hex32,
            accessEnd: z.int().min(0),
            nonce: z.string().regex(/^\d{1,78}$/),
            deadline: z.int().min(0),
          }),
          signature: hexOfBytes(64),
        }),
        parcel: z.strictObject({ capsule: hexOfBytes(105), ciphertext: hex }),
      }),
    )
    .default([]),
})

/** Where the state lies: a file, or a browser's storage. */
export interface StateStore {
  read(): Promise<string | undefined>
  write(text: string): Promise<void>
}

/**
 * A patient's memory: generations, serials and grants. A convenience and a guard against a hospital that forgets;
 * all of it can be had again from hospital and chain.
 */
export class PatientState {
  readonly generations: Generations
  readonly serials: Map<Address, number>
  readonly grants: Map<Hex32, Grant>
  readonly undelivered = new Set<Delivery>()

  constructor(
    generations = new Generations(),
    serials = new Map<Address, number>(),
    grants = new Map<Hex32, Grant>(),
  ) {
    this.generations = generations
    this.serials = serials
    this.grants = grants
  }

  /** Learn of a grant of this patient's, and of the labels in it. @returns its hash */
  addGrant(grant: Grant): Hex32 {
    const hash = grantHash(grant)
    this.grants.set(hash, grant)
    for (const { label } of grant.labels) this.generations.see(label)
    return hash
  }

  /** Keep a parcel for a hospital that is away. */
  remember({ grant, hospital, consent, parcel }: Delivery): void {
    this.undelivered.add({ grant, hospital, consent, parcel })
  }

  sawSerial(device: Address, serial: number): void {
    this.serials.set(device, Math.max(serial, this.serials.get(device) ?? 0))
  }
}

const PURPOSE = 'patient-state'

/**
 * @param entropy - behind the patient's words; the state's key is derived from it
 * @throws {PatientError} `STATE_DAMAGED`
 */
export async function loadState(store: StateStore, entropy: Uint8Array): Promise<PatientState> {
  const text = await store.read()
  if (text === undefined) return new PatientState()
  try {
    const remembered = Remembered.parse(openAtRest(entropy, PURPOSE, text))
    const { generations, serials, grants, undelivered } = remembered
    const state = new PatientState(new Generations(generations), new Map(serials))
    for (const document of grants) state.addGrant(decodeGrant(fromHex(document)))
    for (const { consent, parcel, ...where } of undelivered) {
      const message = { ...consent.message, nonce: BigInt(consent.message.nonce) }
      const { capsule, ciphertext } = parcel
      state.remember({
        ...where,
        consent: { ...consent, message },
        parcel: { capsule: fromHex(capsule), ciphertext: fromHex(ciphertext) },
      })
    }
    return state
  } catch (cause) {
    throw new PatientError(
      'the state file is damaged: remove it, it is rebuilt from hospital and chain',
      { code: 'STATE_DAMAGED' },
      { cause },
    )
  }
}

export async function saveState(store: StateStore, entropy: Uint8Array, state: PatientState): Promise<void> {
  const clear: z.input<typeof Remembered> = {
    generations: state.generations.toRecord(),
    serials: [...state.serials],
    grants: [...state.grants.values()].map((grant) => toHex(encodeGrant(grant))),
    undelivered: [...state.undelivered].map(({ consent, parcel, ...where }) => ({
      ...where,
      consent: { ...consent, message: { ...consent.message, nonce: String(consent.message.nonce) } },
      parcel: { capsule: toHex(parcel.capsule), ciphertext: toHex(parcel.ciphertext) },
    })),
  }
  await store.write(sealAtRest(entropy, PURPOSE, clear))
}
