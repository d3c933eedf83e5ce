import { hash } from 'node:crypto'
import type { Answer } from '@hygeia/protocol/device-link/answer'
import type { RefusalReason } from '@hygeia/protocol/device-link/refusal'
import { type Address, type Hex32, toHex } from '@hygeia/protocol/ids'
import { batchLeafHash } from '@hygeia/protocol/merkle/leaf'
import type { SealedBatch, SealedHeader } from '@hygeia/protocol/sealed/header'
import { sealedDigester } from '@hygeia/protocol/sealed/signing'
import type { Recover } from '@hygeia/protocol/signature'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import type { Clock } from '@hygeia/runtime/clock'
import type { Logger } from '@hygeia/runtime/log'
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { METRICS } from '../metrics/names.ts'
import { StoreError } from '../store/errors.ts'
import { type DeviceStanding, judge, shapeOf } from '../verify/judge.ts'
import { Gate, type GateOptions } from './gate.ts'
import type { DeviceHospitals, Directory, IncidentBook, Journal, LabelKeys, Receipts, Room } from './ports.ts'
import { Questions } from './questions.ts'
import type { Refuser } from './refuser.ts'

export interface IngestOptions {
  readonly realm: Realm
  readonly limits: GateOptions
  /** Questions that one device may ask in a second. */
  readonly questionsPerSecond: number
}

export interface IngestDeps {
  readonly recover: Recover
  readonly journal: Journal
  readonly receipts: Receipts
  readonly directory: Directory
  readonly labelKeys: LabelKeys
  readonly deviceHospitals: DeviceHospitals
  readonly refuser: Refuser
  readonly incidents: IncidentBook
  /** Whether what is taken can be anchored: a suspended hospital sends devices on to others. */
  readonly mayTake: () => boolean
  readonly room: Room
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Registry
}

/** Where something came from. */
export interface Source {
  readonly door: 'mqtt' | 'coap' | 'https'
  /** Who logged in; undefined where nobody logs in. */
  readonly device: Address | undefined
  /** Whose messages share the room for what is under way: a device, or an endpoint. */
  readonly name: string
  /** Whose refusals are counted together: a device, or an address. */
  readonly group: string
  /** Most bytes of the answers to one question. */
  readonly replyLimitBytes: number
}

/** Why something is to be sent again later. */
export type BusyReason =
  | 'QUEUE_FULL'
  | 'DISK_FAILING'
  /** Not full, but what is left is for what must go on. */
  | 'DISK_NEARLY_FULL'
  | 'FROM_THE_FUTURE'
  | 'CHAIN_AWAY'
  | 'NOT_A_MEMBER'
  | 'TOO_MANY_QUESTIONS'

const DELAY_MS: Readonly<Record<BusyReason, number>> = {
  QUEUE_FULL: 1_000,
  DISK_FAILING: 10_000,
  DISK_NEARLY_FULL: 30_000,
  FROM_THE_FUTURE: 60_000,
  CHAIN_AWAY: 5_000,
  NOT_A_MEMBER: 60_000,
  TOO_MANY_QUESTIONS: 2_000,
}

/** The one way in for what devices send, whichever door it came through. */
export class Ingest {
  readonly #deps: IngestDeps
  readonly #gate: Gate
  readonly #questions: Questions
  readonly #digester: ReturnType<typeof sealedDigester>
  readonly #outcomes: Counter<'door' | 'outcome'>
  readonly #bytes: Counter
  readonly #takeMs: Histogram
  readonly #onNew = new Set<(batch: SealedHeader) => void>()
  readonly #signer: (batch: SealedBatch) => Address

  constructor(options: IngestOptions, deps: IngestDeps) {
    this.#deps = deps
    this.#gate = new Gate(options.limits)
    this.#questions = new Questions(options, deps)
    this.#digester = sealedDigester(options.realm)
    this.#signer = (batch) => deps.recover(this.#digester(batch, batch.ciphertext), batch.signature)
    const registers = [deps.metrics]
    this.#outcomes = new Counter({
      ...METRICS.ingestTotal,
      labelNames: ['door', 'outcome'],
      registers,
    })
    this.#bytes = new Counter({
      ...METRICS.ingestBytesTotal,
      registers,
    })
    this.#takeMs = new Histogram({
      ...METRICS.ingestMs,
      buckets: [1, 2, 5, 10, 20, 50, 100, 250, 1_000, 5_000],
      registers,
    })
    const gate = this.#gate
    new Gauge({
      ...METRICS.ingestWaiting,
      registers,
      collect() {
        this.set(gate.count)
      },
    })
  }

  /**
   * Take a sealed batch. Once this resolves the batch is on the disk, or refused by name.
   *
   * @returns what to tell the sender; nothing means "taken, receipt to follow"
   */
  async batch(bytes: Uint8Array, source: Source): Promise<readonly Answer[]> {
    const began = performance.now()
    const leave = this.#gate.enter(source.name, bytes.length)
    if (leave === undefined) return [this.#busy(bytes, 'QUEUE_FULL', source)]
    try {
      return await this.#take(bytes, source)
    } catch (err) {
      if (!(err instanceof StoreError)) this.#deps.log.error({ err }, 'batch not taken')
      return [this.#busy(bytes, 'DISK_FAILING', source)]
    } finally {
      leave()
      this.#takeMs.observe(performance.now() - began)
    }
  }

  /** Call `listener` with every batch that is on the disk for the first time. @returns ends it */
  onNew(listener: (batch: SealedHeader) => void): () => void {
    this.#onNew.add(listener)
    return () => this.#onNew.delete(listener)
  }

  /** Answer a device's signed question. */
  async question(bytes: Uint8Array, source: Source): Promise<readonly Answer[]> {
    const leave = this.#gate.enter(source.name, bytes.length)
    if (leave === undefined) return [this.#busy(bytes, 'QUEUE_FULL', source)]
    try {
      const reply = await this.#questions.answer(bytes, source)
      if ('answers' in reply) return reply.answers
      if ('busy' in reply) return [this.#busy(bytes, reply.busy, source)]
      return [this.#refuse(bytes, hash('sha256', bytes, 'buffer'), reply.reason, source, reply.device)]
    } catch (err) {
      this.#deps.log.warn({ err }, 'question not answered')
      return [this.#busy(bytes, 'DISK_FAILING', source)]
    } finally {
      leave()
    }
  }

  /** Refuse something that a door did not even read to its end. @param digest - SHA-256 of all of it */
  refuse(digest: Uint8Array, reason: RefusalReason, source: Source): Answer {
    return this.#refuse(undefined, digest, reason, source, source.device)
  }

  async #take(bytes: Uint8Array, source: Source): Promise<readonly Answer[]> {
    const { journal, labelKeys, clock, receipts } = this.#deps
    const digest = hash('sha256', bytes, 'buffer')
    const refused = (reason: RefusalReason, device = source.device) => [
      this.#refuse(bytes, digest, reason, source, device),
    ]
    const shape = shapeOf(bytes)
    if ('reason' in shape) return refused(shape.reason)
    const { batch } = shape
    if (!this.#deps.mayTake()) return [this.#busy(bytes, 'NOT_A_MEMBER', source)]
    const standing = this.#deps.directory.device(batch.device) ?? (await this.#lookAgain(batch.device))
    if (standing === 'away') return [this.#busy(bytes, 'CHAIN_AWAY', source)]
    const asked = standing === undefined ? undefined : labelKeys.knows(batch.device, batch.label)
    const knowsLabel = asked instanceof Promise ? await asked : asked
    const at = clock.now()
    const verdict = judge(batch, {
      sender: source.device,
      device: standing,
      knowsLabel,
      now: at,
      signer: this.#signer,
    })
    if (verdict.outcome === 'refuse') return refused(verdict.reason, batch.device)
    if (verdict.outcome === 'wait') return [this.#busy(bytes, verdict.reason, source)]

    if (this.#deps.room.isFull && (await journal.reader.find(digest)) === undefined) {
      return [this.#busy(bytes, 'DISK_NEARLY_FULL', source)]
    }
    const leafHash = batchLeafHash({ ...batch, digest })
    const admission = await journal.take({ bytes, header: batch, digest, leafHash, at })
    if (admission.outcome === 'forked') return refused('FORKED', batch.device)
    this.#outcomes.inc({ door: source.door, outcome: admission.outcome })
    if (admission.outcome === 'new') {
      this.#bytes.inc(bytes.length)
      for (const listener of this.#onNew) listener(batch)
      return []
    }
    const held = await journal.reader.find(digest)
    return held === undefined ? [] : receipts.answersFor([held], source.replyLimitBytes)
  }

  /** A device may have been bound a moment ago: nobody is refused for good on an old view. */
  async #lookAgain(device: Address): Promise<DeviceStanding | undefined | 'away'> {
    const { directory, log } = this.#deps
    try {
      await directory.refresh()
      return directory.device(device)
    } catch (err) {
      log.warn({ err }, 'directory cannot be asked')
      return 'away'
    }
  }

  #busy(bytes: Uint8Array, reason: BusyReason, { door, device }: Source): Answer {
    this.#outcomes.inc({ door, outcome: 'busy' })
    this.#deps.incidents.note({ door, reason, device })
    const digest = toHex(hash('sha256', bytes, 'buffer')) as string as Hex32
    return { kind: 'busy', digest, delayMs: DELAY_MS[reason] }
  }

  #refuse(
    bytes: Uint8Array | undefined,
    digest: Uint8Array,
    reason: RefusalReason,
    source: Source,
    device: Address | undefined,
  ): Answer {
    this.#outcomes.inc({ door: source.door, outcome: 'refused' })
    this.#deps.incidents.note({ door: source.door, reason, device })
    this.#deps.log.debug({ reason, bytes: bytes?.length }, 'refused')
    return this.#deps.refuser.refuse(digest, reason, source.group)
  }
}
