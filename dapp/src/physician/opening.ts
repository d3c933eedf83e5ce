import type { Batch } from '@hygeia/protocol/batch/batch'
import { decodeBatch } from '@hygeia/protocol/batch/codec'
import type { SignedBreakGlass } from '@hygeia/protocol/emergency/emergency'
import { MalformedError } from '@hygeia/protocol/errors'
import type { Grant } from '@hygeia/protocol/grant/grant'
import type { Address, Hex32 } from '@hygeia/protocol/ids'
import type { SealedBatch } from '@hygeia/protocol/sealed/header'
import { openSealed } from '@hygeia/protocol/sealed/seal'
import type { UnixMs } from '@hygeia/protocol/units'
import type { ListedBatch } from '../hospital/answers.ts'
import { BLOCKS_LIMIT } from '../hospital/client.ts'
import type { Place } from '../hospital/place.ts'
import type { Question } from './ask.ts'
import type { Conduct } from './conduct.ts'
import { DataKeys } from './data-keys.ts'
import { Dater, type Dating } from './dating.ts'
import type { BatchFault } from './errors.ts'
import { Gathering, type Patience } from './gather.ts'
import { Judge, type Judged } from './judge.ts'
import type { Library } from './library.ts'
import type { Physician } from './physician.ts'
import type { Block } from './vouch.ts'

/** A grant and its hash. */
export interface NamedGrant {
  readonly hash: Hex32
  readonly grant: Grant
  /** The physician's word for why, under a grant for emergencies. */
  readonly glass?: SignedBreakGlass | undefined
}

/** One batch in clear, dated. */
export interface OpenedBatch extends Dating {
  readonly cid: string
  readonly patient: Address
  readonly header: SealedBatch
  readonly batch: Batch
  readonly fault?: never
}

/** One batch in clear, not dated yet. */
export interface UndatedBatch extends Omit<OpenedBatch, keyof Dating> {
  /** 32 bytes: opens it again. */
  readonly dataKey: Uint8Array
}

/** One batch that was listed and could not be opened, and why. */
export interface UnopenedBatch {
  readonly cid: string
  readonly device: Address
  readonly fault: BatchFault
}

export type Opened = OpenedBatch | UnopenedBatch

export interface OpeningDeps {
  /** The grant's hospitals that this physician can reach. */
  readonly proxies: readonly Place[]
  readonly library: Library
  readonly conduct: Conduct
  readonly patience?: Patience | undefined
}

/** Opening one grant: the data keys had so far, the devices known, and the batches that wait to be dated. */
export class Opening {
  readonly #physician: Physician
  readonly #held: NamedGrant
  readonly #deps: OpeningDeps
  readonly #dataKeys: DataKeys
  readonly #judge: Judge
  readonly #labels: ReadonlySet<string>
  readonly #dater = new Dater<Omit<OpenedBatch, keyof Dating>>()

  constructor(physician: Physician, held: NamedGrant, deps: OpeningDeps) {
    this.#physician = physician
    this.#held = held
    this.#deps = deps
    this.#dataKeys = new DataKeys(physician.identity.receivingSecret, held.grant, deps.conduct)
    this.#judge = new Judge(physician.hospital, held.grant.patient, (sealed) => this.#refusalOf(sealed))
    this.#labels = new Set(held.grant.labels.map(({ label }) => label))
  }

  /**
   * @param chunk - no more than one request may ask for
   * @throws {HospitalError} when every hospital refuses
   * @throws {PhysicianError} `TOO_FEW_PROXIES`
   */
  async *open(chunk: readonly ListedBatch[]): AsyncGenerator<Opened> {
    for await (const opened of this.openUndated(chunk)) {
      if (opened.fault !== undefined) yield opened
      else {
        const { dataKey: _, ...clear } = opened
        yield* this.#dater.push(clear)
      }
    }
  }

  /** The same for whoever dates them and keeps what opens them again. */
  async *openUndated(chunk: readonly ListedBatch[]): AsyncGenerator<UndatedBatch | UnopenedBatch> {
    const wanted: ListedBatch[] = []
    for (const item of chunk) {
      const fault = this.#refusalOf(item)
      if (fault === undefined) wanted.push(item)
      else yield { cid: item.cid, device: item.device, fault }
    }
    if (wanted.length === 0) return
    const { identity, hospital } = this.#physician
    const cids = wanted.map(({ cid }) => cid)
    const question = { signer: identity.signer, realm: hospital.realm, held: this.#held, cids }
    const answers = this.#gather(question)
    const asked = kept(answers.enough())
    let fetched = this.#fetch(cids, 0)
    for (let start = 0; start < wanted.length; start += BLOCKS_LIMIT) {
      const blocks = await fetched
      const next = start + BLOCKS_LIMIT
      if (next < wanted.length) fetched = this.#fetch(cids, next)
      // While the proxies are at work, everything is done that needs no key.
      const { judged, unreadable } = await this.#judge.of(wanted.slice(start, next), blocks)
      yield* unreadable
      await asked
      yield* this.#decrypt(judged, answers)
    }
  }

  /** Batches that nothing dates. */
  rest(): readonly OpenedBatch[] {
    return this.#dater.flush()
  }

  #gather(question: Question): Gathering {
    const { proxies, conduct, patience } = this.#deps
    return new Gathering(question, proxies, { conduct, ...(patience && { patience }) })
  }

  #fetch(cids: readonly string[], start: number): Promise<readonly (Block | BatchFault)[]> {
    return kept(this.#deps.library.blocks(cids.slice(start, start + BLOCKS_LIMIT)))
  }

  async *#decrypt(
    judged: readonly Judged[],
    answers: Gathering,
  ): AsyncGenerator<UndatedBatch | UnopenedBatch> {
    for (const { block, fault } of judged) {
      const { name: cid, sealed } = block
      yield fault === undefined
        ? await this.#openOne(cid, sealed, answers)
        : { cid, device: sealed.device, fault }
    }
  }

  async #openOne(
    cid: string,
    header: SealedBatch,
    answers: Gathering,
  ): Promise<UndatedBatch | UnopenedBatch> {
    const { patient } = this.#held.grant
    const { device } = header
    const { dataKey, fault } = await this.#dataKeys.of(cid, header, answers)
    if (fault !== undefined) return { cid, device, fault }
    try {
      return { cid, patient, header, batch: decodeBatch(openSealed(header, dataKey)), dataKey }
    } catch (cause) {
      if (cause instanceof MalformedError) return { cid, device, fault: { code: 'NOT_OPENED' } }
      throw cause
    }
  }

  /** Asked of what was listed, so as not to ask for it, and of the block itself, which is what counts. */
  #refusalOf(item: {
    readonly label: string
    readonly from: UnixMs
    readonly to: UnixMs
    readonly state?: string
  }): BatchFault | undefined {
    const { dataFrom, dataTo } = this.#held.grant
    if (item.state === 'quarantined') return { code: 'QUARANTINED' }
    const isInside = this.#labels.has(item.label) && item.from >= dataFrom && item.to <= dataTo
    return isInside ? undefined : { code: 'OUTSIDE_GRANT' }
  }
}

/** A promise that is awaited later, or not at all when another fails first. */
function kept<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined)
  return promise
}
