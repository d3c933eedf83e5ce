import { decodeBatch } from '@hygeia/protocol/batch/codec'
import { MalformedError } from '@hygeia/protocol/errors'
import { type Address, toHex } from '@hygeia/protocol/ids'
import type { SealedBatch } from '@hygeia/protocol/sealed/header'
import { openSealed } from '@hygeia/protocol/sealed/seal'
import { sealedDigester } from '@hygeia/protocol/sealed/signing'
import { unwrap } from '@hygeia/protocol/umbral/encrypt'
import { UmbralError } from '@hygeia/protocol/umbral/errors'
import type { DeviceRecord } from '../chain/directory.ts'
import type { ListedBatch } from '../hospital/answers.ts'
import { BLOCKS_LIMIT } from '../hospital/client.ts'
import type { Span } from '../output/span.ts'
import { Conduct } from '../physician/conduct.ts'
import { Dater, type Dating } from '../physician/dating.ts'
import { isBlock, Library } from '../physician/library.ts'
import type { Opened, OpenedBatch } from '../physician/opening.ts'
import { type Block, bySequence, standingOf, unvouched } from '../physician/vouch.ts'
import type { Patient } from './patient.ts'

export interface OwnOptions {
  /** Where it is noted how the hospitals behaved. */
  readonly conduct?: Conduct
  /** Told after every few batches. */
  readonly onProgress?: (done: number) => void
}

/** Data keys kept: those of a month at four an hour. */
const KEYS_LIMIT = 3_000

/**
 * Open what a patient's own devices sealed in a range of time, with the patient's own keys: no grant, no proxy.
 *
 * Streams: some thousand batches are in memory at a time. Each block is checked against its CID, its device's
 * signature and the device's standing on the chain; what fails is yielded as a fault and the rest goes on.
 *
 * @throws {HospitalError} what the last hospital said, when none lists anything
 */
export async function* openOwn(
  patient: Patient,
  range: Span,
  { conduct = new Conduct(), onProgress }: OwnOptions = {},
): AsyncGenerator<Opened> {
  const library = new Library(patient.hospitals, conduct)
  const opening = new OwnOpening(patient, library)
  let done = 0
  for await (const chunk of library.listOwn(range)) {
    for (let start = 0; start < chunk.length; start += BLOCKS_LIMIT) {
      for await (const opened of opening.open(chunk.slice(start, start + BLOCKS_LIMIT))) {
        yield opened
        if (++done % 100 === 0) onProgress?.(done)
      }
    }
  }
  yield* opening.rest()
  onProgress?.(done)
}

/** Data keys had so far, the devices known, and the batches that wait to be dated. */
class OwnOpening {
  readonly #patient: Patient
  readonly #library: Library
  readonly #digest: ReturnType<typeof sealedDigester>
  readonly #devices = new Map<Address, Promise<DeviceRecord>>()
  readonly #dataKeys = new Map<string, Uint8Array>()
  readonly #dater = new Dater<Omit<OpenedBatch, keyof Dating>>()

  constructor(patient: Patient, library: Library) {
    this.#patient = patient
    this.#library = library
    this.#digest = sealedDigester(patient.hospital.realm)
  }

  async *open(items: readonly ListedBatch[]): AsyncGenerator<Opened> {
    const wanted: ListedBatch[] = []
    for (const item of items) {
      if (item.state !== 'quarantined') wanted.push(item)
      else yield { cid: item.cid, device: item.device, fault: { code: 'QUARANTINED' } }
    }
    const read = await this.#library.blocks(wanted.map(({ cid }) => cid))
    const blocks: Block[] = []
    for (const [index, { cid, device }] of wanted.entries()) {
      const block = read[index] ?? { code: 'NOT_GIVEN' }
      if (isBlock(block)) blocks.push(block)
      else yield { cid, device, fault: block }
    }
    blocks.sort(bySequence)
    const bad = unvouched(blocks, this.#digest)
    for (const block of blocks) yield* this.#openOne(block, bad.has(block))
  }

  /** Batches that nothing dates. */
  rest(): readonly OpenedBatch[] {
    return this.#dater.flush()
  }

  async *#openOne({ name: cid, sealed }: Block, isUnsigned: boolean): AsyncGenerator<Opened> {
    const { device } = sealed
    const { address: patient } = this.#patient.identity.signer
    const record = this.#devices.get(device) ?? this.#patient.hospital.directory.device(device)
    this.#devices.set(device, record)
    const fault = isUnsigned ? { code: 'BAD_SIGNATURE' as const } : standingOf(sealed, await record, patient)
    if (fault !== undefined) return yield { cid, device, fault }
    try {
      const batch = decodeBatch(openSealed(sealed, this.#dataKeyOf(sealed)))
      yield* this.#dater.push({ cid, patient, header: sealed, batch })
    } catch (cause) {
      if (!(cause instanceof MalformedError || cause instanceof UmbralError)) throw cause
      yield { cid, device, fault: { code: 'NOT_OPENED' } }
    }
  }

  /** A key epoch's batches share one. */
  #dataKeyOf({ label, capsule, wrappedKey }: SealedBatch): Uint8Array {
    const name = `${label} ${toHex(capsule)} ${toHex(wrappedKey)}`
    const held = this.#dataKeys.get(name)
    if (held !== undefined) return held
    const secret = this.#patient.identity.labelSecret(label)
    const dataKey = unwrap(secret, { capsule, ciphertext: wrappedKey })
    const [oldest] = this.#dataKeys.keys()
    if (this.#dataKeys.size >= KEYS_LIMIT && oldest !== undefined) this.#dataKeys.delete(oldest)
    this.#dataKeys.set(name, dataKey)
    return dataKey
  }
}
