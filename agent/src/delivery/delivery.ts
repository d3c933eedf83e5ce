import { systemClock } from '@hygeia/runtime/clock'
import type { Logger } from '@hygeia/runtime/log'
import type { Chunk } from '../batch/gathering.ts'
import { Journal } from '../batch/journal.ts'
import { JournalCipher } from '../batch/journal-cipher.ts'
import { Positions } from '../batch/positions.ts'
import { type AgentConfig, pathsOf, windowsOf } from '../config/config.ts'
import { Ballast } from '../disk/ballast.ts'
import { Database } from '../disk/database.ts'
import { configurationDigest, type SensorCount, standingOf } from '../health/standing.ts'
import type { PairingRecord } from '../hospital/pairing-record.ts'
import type { DeviceIdentity } from '../identity/device-key.ts'
import { LabelKeyStore } from '../label-keys/label-key-store.ts'
import { KnownHospitals, type KnownHospitalsUse } from '../pairing/known-hospitals.ts'
import { DataKeys } from '../seal/data-keys.ts'
import { LabelMonths } from '../seal/label-months.ts'
import { Sealer } from '../seal/sealer.ts'
import { Life } from '../spool/life.ts'
import { MarkFile } from '../spool/mark.ts'
import { type RecordingStep, recordingStep } from '../spool/room.ts'
import { Spool } from '../spool/spool.ts'
import { AnswerReader } from '../uplink/answers.ts'
import { Courier } from '../uplink/courier.ts'
import type { FailOver } from '../uplink/fail-over.ts'
import { Inquirer } from '../uplink/inquirer.ts'
import { Correspondence } from './correspondence.ts'
import { Pipeline, type Recording } from './pipeline.ts'
import { SecondOpinion } from './second-opinion.ts'
import { Settlement } from './settlement.ts'
import type { DeliveryStatus } from './status.ts'
import { destinationsOf, inFlightOf, type UplinkOfDeps, uplinkOf } from './uplink-of.ts'

export interface DeliveryDeps {
  readonly identity: DeviceIdentity
  readonly pairing: PairingRecord
  readonly log: Logger
  readonly onFault: (cause: unknown) => void
  /** Told what there is room to record, whenever that changes. */
  readonly onRoom: (step: RecordingStep) => void
}

/** Some megabytes in memory, and on the disk beyond the spool's limit. */
const WAITING_LIMIT = 200_000
const DISK_RETRY_MS = 1_000
const BALLAST_EVERY_MS = 60_000

interface Opened {
  readonly database: Database
  readonly life: Life
  readonly isNew: boolean
  readonly labels: LabelKeyStore
  readonly known: KnownHospitals
}

/** Everything from the samples to the receipts: what runs in the delivering worker. */
export class Delivery {
  readonly #opened: Opened
  readonly #spool: Spool
  readonly #pipeline: Pipeline
  readonly #settlement: Settlement
  readonly #uplink: FailOver
  readonly #knownUse: KnownHospitalsUse
  readonly #courier: Courier
  readonly #inquirer: Inquirer
  readonly #correspondence: Correspondence
  readonly #ballasting: NodeJS.Timeout
  readonly #exhausted = new Set<string>()
  #isSynchronised = false
  #sensors: SensorCount
  #recording: RecordingStep = 'all'
  readonly #onRoom: DeliveryDeps['onRoom']

  private constructor(
    config: AgentConfig,
    { identity, pairing, log, onFault, onRoom }: DeliveryDeps,
    opened: Opened,
  ) {
    const { database, life, labels, known } = opened
    const { signer, atRestKey } = identity
    const { realm } = pairing
    const clock = systemClock
    this.#opened = opened
    this.#onRoom = onRoom
    this.#sensors = { configured: config.sensors.length, away: 0 }

    // batch → seal → spool
    const ballast = new Ballast({ path: pathsOf(config).ballast })
    ballast.take()
    this.#ballasting = setInterval(() => ballast.take(), BALLAST_EVERY_MS)
    const journal = new Journal({ database, cipher: new JournalCipher({ key: atRestKey }) })
    const positions = new Positions({ database })
    const months = new LabelMonths({ database })
    const dataKeys = new DataKeys({ epochMs: config.seal.keyEpochMs })
    // Fewer windows than two say nothing of a rate.
    const rateAfterMs = 2 * Math.max(...Object.values(windowsOf(config.batch)))
    const spool = new Spool({ ...config.spool, rateAfterMs }, { database, clock })
    this.#spool = spool
    const onExhausted = (category: string) => this.#exhausted.add(category)
    const sealer = new Sealer(
      { priorities: config.seal.priorities },
      { realm, signer, months, dataKeys, labels, sequences: life, onExhausted },
    )
    const batchLog = log.child({ part: 'batch' })
    const onSpooled = () => {
      this.#lookForRoom()
      this.#courier.pump()
    }
    this.#pipeline = new Pipeline(
      {
        ...config.batch,
        windowMs: windowsOf(config.batch),
        waitingLimit: WAITING_LIMIT,
        retryMs: DISK_RETRY_MS,
      },
      { database, journal, positions, sealer, months, life, spool, clock, log: batchLog, onSpooled },
    )

    // uplink
    // Simulated samples have a time of their own; certificates go by the machine's, and that is then believed.
    const ignoresDates = () => config.simulation === undefined && !this.#isSynchronised
    const uplinkDeps: UplinkOfDeps = {
      pairedWith: pairing.hospitals[0]?.hospital,
      signer,
      clock,
      ignoresDates,
      log: log.child({ part: config.uplink.kind }),
      question: () => this.#correspondence.question(undefined),
      onForsaken: (before) => this.#courier.forsaken(before),
    }
    this.#uplink = uplinkOf(config.uplink, known.hospitals, uplinkDeps)
    const onChange = () => this.#uplink.replace(destinationsOf(config.uplink, known.hospitals, uplinkDeps))
    this.#knownUse = { ignoresDates, onChange }
    this.#courier = new Courier(
      { ...config.uplink, inFlight: inFlightOf(config.uplink) },
      {
        outbox: spool,
        uplink: this.#uplink,
        clock,
        onAnswered: () => this.#inquirer.answered(),
        onSilent: () => this.#uplink.doubt(),
      },
    )
    this.#inquirer = new Inquirer(
      { periodMs: this.#periodMs, statusEveryMs: config.uplink.statusEveryMs },
      {
        uplink: this.#uplink,
        clock,
        awaiting: this.#courier.awaiting,
        atConnection: () => this.#correspondence.wantedAtConnection(),
        question: (wanted) => this.#correspondence.question(wanted),
        onFault,
      },
    )

    // what comes back
    const secondOpinion = new SecondOpinion({ hospitals: () => known.hospitals, clock })
    const onSettled = (ids: readonly number[]) => {
      secondOpinion.settled(ids)
      this.#courier.settled(ids)
      this.#lookForRoom()
      this.#pipeline.changed()
    }
    this.#settlement = new Settlement({
      database,
      spool,
      ballast,
      log: log.child({ part: 'spool' }),
      onSettled,
    })
    const authority = { realm, device: signer.address, hospitals: () => known.hospitals }
    const configuration = configurationDigest(config)
    this.#correspondence = new Correspondence({
      realm,
      signer,
      clock,
      log,
      reader: new AnswerReader(authority, { find: (digest) => spool.find(digest) }),
      spool,
      life,
      labels,
      hospitals: known,
      settlement: this.#settlement,
      secondOpinion,
      standing: () => standingOf(configuration, this.#sensors, this.status()),
      onReceived: () => this.#inquirer.received(this.#isBehind()),
      onBusy: (id, delayMs) => this.#courier.busy(id, delayMs),
      onLabelKeys: () => {
        this.#exhausted.clear()
        this.#pipeline.changed()
      },
      onFault,
    })
  }

  /** @throws {DiskError} @throws {RuntimeError} @throws {AgentError} `NO_SUCH_UPLINK` */
  static async open(config: AgentConfig, deps: DeliveryDeps): Promise<Delivery> {
    const { identity, pairing, log } = deps
    const paths = pathsOf(config)
    const { realm, patient } = pairing
    const authority = { realm, patient, device: identity.signer.address }
    const labels = await LabelKeyStore.open(paths.labelKeys, authority, pairing.labelKeys)
    const known = await KnownHospitals.open(paths.hospitals, { pairing, clock: systemClock, log })
    const onCorrupt = (movedTo: string) => log.error({ movedTo }, 'the spool was damaged; a new one is begun')
    const database = Database.open(paths.database, { onCorrupt })
    const { life, isNew } = await Life.open({ database, mark: new MarkFile({ path: paths.mark }) })
    log.info({ isNew }, 'spool opened')
    return new Delivery(config, deps, { database, life, isNew, labels, known })
  }

  /** As of now. */
  sensorsAre(count: SensorCount): void {
    this.#sensors = count
  }

  start(): void {
    this.#lookForRoom()
    this.#opened.known.start(this.#knownUse)
    this.#inquirer.start()
    this.#uplink.start({
      onAnswers: (answers) => this.#correspondence.hear(answers),
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

  /** How samples are recorded from now on. */
  retune(recording: Recording): void {
    this.#pipeline.retune(recording)
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
    const { database, life, known } = this.#opened
    clearInterval(this.#ballasting)
    this.#courier.stop()
    await known.stop()
    await this.#inquirer.stop()
    await this.#uplink.stop()
    this.#settlement.close()
    this.#pipeline.close()
    life.close()
    database.close()
  }

  status(): DeliveryStatus {
    const { labels, life, isNew } = this.#opened
    const { book, serial } = labels
    return {
      pipeline: this.#pipeline.stats(),
      spool: {
        ...this.#spool.stats(),
        incarnation: life.incarnation,
        headSequence: life.head?.sequence ?? 0,
        isNewLife: isNew || this.#correspondence.hasRenewed,
        recording: this.#recording,
      },
      uplink: {
        ...this.#uplink.status(),
        inFlight: this.#courier.inFlight,
        awaiting: this.#courier.awaiting.size,
        sent: this.#courier.sent,
      },
      receipts: this.#correspondence.receipts,
      labelKeys: {
        serial,
        daysLeft: book.daysLeft(systemClock.now()),
        ends: Object.fromEntries(book.ends()),
        exhausted: [...this.#exhausted],
      },
    }
  }

  /** Of the chain, which all hospitals share. */
  get #periodMs(): number {
    return 1_000 * (this.#opened.known.hospitals[0]?.periodSec ?? 1)
  }

  #lookForRoom(): void {
    const step = recordingStep(this.#spool.fill, this.#recording)
    if (step === this.#recording) return
    this.#recording = step
    this.#onRoom(step)
  }

  /** Whether receipts are missing that should have come with those that did. */
  #isBehind(): boolean {
    const before = systemClock.monotonic() - 2 * this.#periodMs
    for (const { since } of this.#courier.awaiting.values()) return since < before
    return false
  }
}
