import type { Answer } from '@hygeia/protocol/device-link/answer'
import { encodeQuestion, signQuestion } from '@hygeia/protocol/device-link/question'
import { type Hex32, toHex } from '@hygeia/protocol/ids'
import { digestOfCid } from '@hygeia/protocol/sealed/cid'
import type { UnixMs } from '@hygeia/protocol/units'
import { systemClock } from '@hygeia/runtime/clock'
import type { Logger } from '@hygeia/runtime/log'
import { Journal } from './batch/journal.ts'
import { JournalCipher } from './batch/journal-cipher.ts'
import { Positions } from './batch/positions.ts'
import { type AgentConfig, pathsOf, windowsOf } from './config/config.ts'
import { Ballast } from './disk/ballast.ts'
import { Database } from './disk/database.ts'
import { Histogram, type HistogramSnapshot } from './health/histogram.ts'
import { HospitalApi } from './hospital/api.ts'
import type { PairingRecord, PinnedHospital } from './hospital/pairing-record.ts'
import type { DeviceIdentity } from './identity/device-key.ts'
import { LabelKeyStore } from './label-keys/label-key-store.ts'
import { DataKeys } from './seal/data-keys.ts'
import { LabelMonths } from './seal/label-months.ts'
import { Sealer } from './seal/sealer.ts'
import { Life } from './spool/life.ts'
import { MarkFile } from './spool/mark.ts'
import { Spool, type SpoolStats } from './spool/spool.ts'
import { AnswerReader } from './uplink/answers.ts'
import { CoapUplink } from './uplink/coap/coap-uplink.ts'
import { Courier } from './uplink/courier.ts'
import { Inquirer, type Wanted } from './uplink/inquirer.ts'
import { MqttUplink } from './uplink/mqtt/mqtt-uplink.ts'
import type { Uplink, UplinkStatus } from './uplink/uplink.ts'
import { type Chunk, Pipeline, type PipelineStats } from './workers/pipeline.ts'
import { Settlement } from './workers/settlement.ts'

export interface DeliveryDeps {
  readonly identity: DeviceIdentity
  readonly pairing: PairingRecord
  readonly log: Logger
  readonly onFault: (cause: unknown) => void
}

export interface DeliveryStatus {
  readonly pipeline: PipelineStats
  readonly spool: SpoolStats & {
    readonly incarnation: string
    readonly headSequence: number
    /** The database was a copy, put back or damaged: a new incarnation was begun at this start or since. */
    readonly isNewLife: boolean
  }
  readonly uplink: UplinkStatus & {
    readonly hospital: string
    readonly inFlight: number
    readonly awaiting: number
    readonly sent: number
  }
  readonly receipts: {
    readonly count: number
    readonly lastAt: UnixMs | undefined
    /** Answers that were not signed by the hospital, or not proven. */
    readonly forged: number
    /** From sealed to receipt verified. */
    readonly latency: HistogramSnapshot
  }
  readonly labelKeys: {
    readonly serial: number
    readonly daysLeft: number
    /** By category: end of its last key. */
    readonly ends: Readonly<Record<string, UnixMs>>
    /** Categories that go under their last label, because there is none for their month. */
    readonly exhausted: readonly string[]
  }
}

const KEYLESS_LIMIT = 200_000
const DISK_RETRY_MS = 1_000
const BALLAST_EVERY_MS = 60_000
const NO_HEAD = `0x${'00'.repeat(32)}` as Hex32
const RECONNECT_MS = 500

/** Everything from the samples to the receipts: what runs in the delivering worker. */
export class Delivery {
  readonly #deps: DeliveryDeps
  readonly #life: Life
  readonly #spool: Spool
  readonly #database: Database
  readonly #labels: LabelKeyStore
  readonly #pipeline: Pipeline
  readonly #settlement: Settlement
  readonly #uplink: Uplink
  readonly #courier: Courier
  readonly #inquirer: Inquirer
  readonly #reader: AnswerReader
  readonly #hospital: PinnedHospital
  readonly #ballast: Ballast
  readonly #ballasting: NodeJS.Timeout
  readonly #latency = new Histogram()
  readonly #receipts: { count: number; forged: number; lastAt: UnixMs | undefined } = {
    count: 0,
    forged: 0,
    lastAt: undefined,
  }
  readonly #exhausted = new Set<string>()
  #isNewLife: boolean
  #isRenewing = false
  #isSynchronised = false

  private constructor(
    config: AgentConfig,
    deps: DeliveryDeps,
    opened: {
      database: Database
      life: Life
      isNew: boolean
      labels: LabelKeyStore
      hospital: PinnedHospital
    },
  ) {
    const { identity, pairing, log, onFault } = deps
    const { database, life, labels, hospital } = opened
    const { signer, atRestKey } = identity
    const { realm } = pairing
    const clock = systemClock
    this.#deps = deps
    this.#database = database
    this.#life = life
    this.#labels = labels
    this.#hospital = hospital
    this.#isNewLife = opened.isNew
    this.#ballast = new Ballast({ path: pathsOf(config).ballast })
    this.#ballast.take()
    this.#ballasting = setInterval(() => this.#ballast.take(), BALLAST_EVERY_MS)

    // batch → seal → spool
    const journal = new Journal({ database, cipher: new JournalCipher({ key: atRestKey }) })
    const positions = new Positions({ database })
    const months = new LabelMonths({ database })
    const dataKeys = new DataKeys({ epochMs: config.seal.keyEpochMs })
    this.#spool = new Spool(config.spool, { database, clock })
    const sealer = new Sealer(
      { priorities: config.seal.priorities },
      {
        realm,
        signer,
        months,
        dataKeys,
        sequences: life,
        labels,
        onExhausted: (category) => this.#exhausted.add(category),
      },
    )
    this.#pipeline = new Pipeline(
      {
        ...config.batch,
        windowMs: windowsOf(config.batch),
        keylessLimit: KEYLESS_LIMIT,
        retryMs: DISK_RETRY_MS,
      },
      {
        database,
        journal,
        positions,
        sealer,
        months,
        life,
        spool: this.#spool,
        clock,
        log: log.child({ part: 'batch' }),
        onSpooled: () => this.#courier.pump(),
      },
    )

    // uplink, and what comes back
    this.#uplink = this.#uplinkOf(config)
    this.#courier = new Courier(
      { ...config.uplink, inFlight: config.uplink.inFlight ?? (config.uplink.kind === 'mqtt' ? 16 : 8) },
      { outbox: this.#spool, uplink: this.#uplink, clock, onAnswered: () => this.#inquirer.answered() },
    )
    this.#inquirer = new Inquirer(
      { periodMs: hospital.periodSec * 1_000, statusEveryMs: config.uplink.statusEveryMs },
      {
        uplink: this.#uplink,
        clock,
        awaiting: this.#courier.awaiting,
        atConnection: () => this.#wantedAtConnection(),
        question: (wanted) => this.#question(wanted),
        onFault,
      },
    )
    this.#settlement = new Settlement({
      database,
      spool: this.#spool,
      ballast: this.#ballast,
      log: log.child({ part: 'spool' }),
      onSettled: (ids) => {
        this.#courier.settled(ids)
        this.#pipeline.changed()
      },
    })
    this.#reader = new AnswerReader(
      { realm, device: signer.address, hospital: hospital.hospital, receiptKey: hospital.receiptKey },
      { find: (digest) => this.#spool.find(digest) },
    )
  }

  /** @throws {DiskError} @throws {RuntimeError} */
  static async open(config: AgentConfig, deps: DeliveryDeps): Promise<Delivery> {
    const { identity, pairing, log } = deps
    const paths = pathsOf(config)
    const [hospital] = pairing.hospitals
    if (hospital === undefined) throw new Error('paired with no hospital')
    const { realm, patient } = pairing
    const authority = { realm, patient, device: identity.signer.address }
    const labels = await LabelKeyStore.open(paths.labelKeys, authority, pairing.labelKeys)
    const onCorrupt = (movedTo: string) => log.error({ movedTo }, 'the spool was damaged; a new one is begun')
    const database = Database.open(paths.database, { onCorrupt })
    const { life, isNew } = await Life.open({ database, mark: new MarkFile({ path: paths.mark }) })
    log.info({ isNew }, 'spool opened')
    return new Delivery(config, deps, { database, life, isNew, labels, hospital })
  }

  start(): void {
    this.#inquirer.start()
    this.#uplink.start({
      onAnswers: (answers) => this.#onAnswers(answers),
      onLink: (isUp) => {
        this.#courier.linkChanged(isUp)
        this.#inquirer.linkChanged(isUp)
      },
    })
  }

  /** @returns whether everything taken so far is on the disk */
  take(chunk: Chunk, signal: AbortSignal): Promise<boolean> {
    this.#isSynchronised = chunk.clocks.offsetMs !== undefined
    return this.#pipeline.take(chunk, signal)
  }

  /** No more samples: seal what there is; resolves when it is in the spool. */
  finish(signal: AbortSignal): Promise<void> {
    return this.#pipeline.finish(signal)
  }

  /** Whether nothing waits for a receipt. */
  get isDone(): boolean {
    return this.#spool.bytes === 0
  }

  async stop(): Promise<void> {
    clearInterval(this.#ballasting)
    this.#courier.stop()
    await this.#inquirer.stop()
    await this.#uplink.stop()
    this.#settlement.close()
    this.#pipeline.close()
    this.#life.close()
    this.#database.close()
  }

  status(): DeliveryStatus {
    const { book, serial } = this.#labels
    return {
      pipeline: this.#pipeline.stats(),
      spool: {
        ...this.#spool.stats(),
        incarnation: this.#life.incarnation,
        headSequence: this.#life.head?.sequence ?? 0,
        isNewLife: this.#isNewLife,
      },
      uplink: {
        ...this.#uplink.status(),
        hospital: new URL(this.#hospital.api).host,
        inFlight: this.#courier.inFlight,
        awaiting: this.#courier.awaiting.size,
        sent: this.#courier.sent,
      },
      receipts: { ...this.#receipts, latency: this.#latency.snapshot() },
      labelKeys: {
        serial,
        daysLeft: book.daysLeft(systemClock.now()),
        ends: Object.fromEntries(book.ends()),
        exhausted: [...this.#exhausted],
      },
    }
  }

  #uplinkOf({ uplink: config, simulation }: AgentConfig): Uplink {
    const { identity, log } = this.#deps
    const { hospital, api, ca, mqtt, coap } = this.#hospital
    const part = log.child({ part: config.kind })
    if (config.kind === 'coap') {
      const url = config.url ?? coap
      if (url === undefined) throw new Error('this hospital has no CoAP server')
      return new CoapUplink({ url, timeoutMs: config.answerMs }, { log: part })
    }
    const url = config.url ?? mqtt
    if (url === undefined) throw new Error('this hospital has no MQTT broker')
    // Simulated samples have a time of their own; certificates go by the machine's, which is then nobody's patient's.
    const ignoresDates = () => simulation === undefined && !this.#isSynchronised
    const backoff = { firstMs: RECONNECT_MS, limitMs: config.retryLimitMs }
    return new MqttUplink(
      { url, ca, hospital, stallMs: config.stallMs, backoff },
      {
        signer: identity.signer,
        api: new HospitalApi({ api, ca }, { ignoresDates }),
        ignoresDates,
        clock: systemClock,
        log: part,
      },
    )
  }

  #onAnswers(answers: readonly Answer[]): void {
    const verdicts = this.#reader.read(answers)
    const { received, refused, busy, labelKeys, unknown, forged } = verdicts
    const { log } = this.#deps
    if (forged > 0) log.warn({ forged }, 'answers without a good signature or proof')
    this.#receipts.forged += forged
    for (const { ageMs } of received) if (ageMs !== undefined) this.#latency.add(ageMs)
    if (received.length > 0) {
      this.#receipts.count += received.length
      this.#receipts.lastAt = systemClock.now()
    }
    for (const { reason } of refused) log.error({ reason }, 'a batch was refused for ever')
    this.#settlement.settle(verdicts)
    if (received.length > 0) this.#inquirer.received(this.#isBehind())
    for (const { entry, delayMs } of busy) this.#courier.busy(entry.id, delayMs)
    for (const keys of labelKeys) void this.#offer(keys)
    const { incarnation } = this.#life
    const wasRestored =
      unknown.some((batch) => batch.incarnation === incarnation && !this.#life.hasTaken(batch.sequence)) ||
      refused.some(({ entry, reason }) => reason === 'FORKED' && entry.incarnation === incarnation)
    if (wasRestored) void this.#renew()
  }

  /** Whether receipts are missing that should have come with those that did. */
  #isBehind(): boolean {
    const before = systemClock.monotonic() - 2_000 * this.#hospital.periodSec
    for (const { since } of this.#courier.awaiting.values()) return since < before
    return false
  }

  async #offer(keys: Parameters<LabelKeyStore['offer']>[0]): Promise<void> {
    const { log, onFault } = this.#deps
    try {
      const fault = await this.#labels.offer(keys)
      if (fault === 'STALE_SERIAL') return
      if (fault !== undefined) {
        log.warn({ fault }, 'label keys were not taken')
        return
      }
      log.info({ serial: this.#labels.serial }, 'new label keys')
      this.#exhausted.clear()
      this.#pipeline.changed()
    } catch (cause) {
      onFault(cause)
    }
  }

  /** The hospital has batches of this incarnation that this spool knows nothing of: it was put back from a copy. */
  async #renew(): Promise<void> {
    if (this.#isRenewing) return
    this.#isRenewing = true
    try {
      await this.#life.renew()
      this.#isNewLife = true
      this.#deps.log.error('the spool turned out to be a copy; a new incarnation is begun')
    } catch (cause) {
      this.#deps.onFault(cause)
    } finally {
      this.#isRenewing = false
    }
  }

  /** What waits from before, and whether anything is there that cannot be: batches not yet sealed. */
  #wantedAtConnection(): readonly Wanted[] {
    const { incarnation, head } = this.#life
    const waiting = this.#spool.spans()
    const from = waiting.find((span) => span.incarnation === incarnation)?.from ?? (head?.sequence ?? 0) + 1
    return [
      ...waiting.filter((span) => span.incarnation !== incarnation),
      { incarnation, from, to: Number.MAX_SAFE_INTEGER },
    ]
  }

  #question(wanted: Wanted | undefined): Uint8Array {
    const { identity, pairing } = this.#deps
    const { incarnation, head } = this.#life
    const asked = wanted ?? { incarnation, from: 1, to: 0 }
    const isPresent = asked.incarnation === incarnation && head !== undefined
    const question = {
      device: identity.signer.address,
      ...asked,
      labelSerial: this.#labels.serial,
      headSequence: isPresent ? head.sequence : 0,
      head: isPresent ? (toHex(digestOfCid(head.cid)) as Hex32) : NO_HEAD,
      spoolBytes: this.#spool.bytes,
      at: systemClock.now(),
    }
    return encodeQuestion(signQuestion(pairing.realm, question, identity.signer))
  }
}
