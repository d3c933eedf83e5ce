import type { Batch } from '@hygeia/protocol/batch/batch'
import { decodeBatch } from '@hygeia/protocol/batch/codec'
import { MalformedError } from '@hygeia/protocol/errors'
import { toHex } from '@hygeia/protocol/ids'
import type { SealedBatch } from '@hygeia/protocol/sealed/header'
import { openSealed } from '@hygeia/protocol/sealed/seal'
import type { Identity } from '@hygeia/protocol/seed/seed'
import { unwrap } from '@hygeia/protocol/umbral/encrypt'
import { UmbralError } from '@hygeia/protocol/umbral/errors'
import type { ListedBatch } from '../hospital/answers.ts'
import { BLOCKS_LIMIT } from '../hospital/client.ts'
import { Conduct } from '../physician/conduct.ts'
import { Judge } from '../physician/judge.ts'
import { Library } from '../physician/library.ts'
import type { UnopenedBatch } from '../physician/opening.ts'
import type { Patient } from './patient.ts'

/** One batch of the patient's own in clear, not dated yet. */
export interface OwnBatch {
  readonly cid: string
  readonly header: SealedBatch
  readonly batch: Batch
  /** 32 bytes: opens it again. */
  readonly dataKey: Uint8Array
}

/** Data keys kept: those of a month at four an hour. */
const KEYS_LIMIT = 3_000

/** Data keys under the patient's own label keys, each opened once: many batches share one. */
export class OwnDataKeys {
  readonly #identity: Identity
  readonly #opened = new Map<string, Uint8Array>()

  constructor(identity: Identity) {
    this.#identity = identity
  }

  /** @throws {UmbralError} when it was not wrapped under the patient's key for this label */
  of({ label, capsule, wrappedKey }: Pick<SealedBatch, 'label' | 'capsule' | 'wrappedKey'>): Uint8Array {
    const id = `${label} ${toHex(capsule)} ${toHex(wrappedKey)}`
    const held = this.#opened.get(id)
    if (held !== undefined) return held
    const dataKey = unwrap(this.#identity.labelSecret(label), { capsule, ciphertext: wrappedKey })
    const [oldest] = this.#opened.keys()
    if (this.#opened.size >= KEYS_LIMIT && oldest !== undefined) this.#opened.delete(oldest)
    this.#opened.set(id, dataKey)
    return dataKey
  }
}

/** @throws {MalformedError} when the key or the batch is not what the device sealed */
export const openWith = (sealed: SealedBatch, dataKey: Uint8Array): Batch =>
  decodeBatch(openSealed(sealed, dataKey))

/** Opens what the patient's own devices sealed, with the patient's own keys: no proxy is asked. */
export class OwnReading {
  readonly #library: Library
  readonly #judge: Judge
  readonly #dataKeys: OwnDataKeys

  constructor({ identity, hospital, hospitals }: Patient, conduct = new Conduct()) {
    this.#library = new Library(hospitals, conduct)
    this.#judge = new Judge(hospital, identity.signer.address)
    this.#dataKeys = new OwnDataKeys(identity)
  }

  /** What there is of a range of time, in chunks. */
  list(range: Parameters<Library['listOwn']>[0]): AsyncGenerator<readonly ListedBatch[]> {
    return this.#library.listOwn(range)
  }

  /**
   * Each block is checked against its CID, its device's signature and that device's standing on the chain; what fails
   * is yielded as a fault and the rest goes on.
   */
  async *open(listed: readonly ListedBatch[]): AsyncGenerator<OwnBatch | UnopenedBatch> {
    for (let start = 0; start < listed.length; start += BLOCKS_LIMIT) {
      const some = listed.slice(start, start + BLOCKS_LIMIT)
      const fetched = await this.#library.blocks(some.map(({ cid }) => cid))
      const { judged, unreadable } = await this.#judge.of(some, fetched)
      yield* unreadable
      for (const { block, fault } of judged) {
        const { name: cid, sealed } = block
        yield fault === undefined ? this.#openOne(cid, sealed) : { cid, device: sealed.device, fault }
      }
    }
  }

  #openOne(cid: string, header: SealedBatch): OwnBatch | UnopenedBatch {
    try {
      const dataKey = this.#dataKeys.of(header)
      return { cid, header, batch: openWith(header, dataKey), dataKey }
    } catch (cause) {
      if (!(cause instanceof MalformedError || cause instanceof UmbralError)) throw cause
      return { cid, device: header.device, fault: { code: 'NOT_OPENED' } }
    }
  }
}
