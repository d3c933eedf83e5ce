import type { SignedDeviceHospitals } from '@hygeia/protocol/device-hospitals/device-hospitals'
import type { Answer } from '@hygeia/protocol/device-link/answer'
import { encodeQuestion, signQuestion } from '@hygeia/protocol/device-link/question'
import type { Standing } from '@hygeia/protocol/device-link/standing'
import { type Hex32, toHex } from '@hygeia/protocol/ids'
import type { SignedLabelKeys } from '@hygeia/protocol/label-keys/label-keys'
import { digestOfCid } from '@hygeia/protocol/sealed/cid'
import type { Signer } from '@hygeia/protocol/signature'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import type { UnixMs } from '@hygeia/protocol/units'
import type { Clock } from '@hygeia/runtime/clock'
import type { Logger } from '@hygeia/runtime/log'
import { Histogram } from '../health/histogram.ts'
import type { LabelKeyStore } from '../label-keys/label-key-store.ts'
import type { KnownHospitals } from '../pairing/known-hospitals.ts'
import type { Life } from '../spool/life.ts'
import type { Spool } from '../spool/spool.ts'
import type { AnswerReader, Verdicts } from '../uplink/answers.ts'
import type { Wanted } from '../uplink/inquirer.ts'
import type { SecondOpinion } from './second-opinion.ts'
import type { Settlement } from './settlement.ts'
import type { ReceiptStats } from './status.ts'

export interface CorrespondenceDeps {
  readonly realm: Realm
  readonly signer: Signer
  readonly clock: Clock
  readonly log: Logger
  readonly reader: AnswerReader
  readonly spool: Spool
  readonly life: Life
  readonly labels: LabelKeyStore
  readonly hospitals: Pick<KnownHospitals, 'serial' | 'offer'>
  readonly settlement: Settlement
  readonly secondOpinion: SecondOpinion
  readonly standing: () => Standing
  readonly onReceived: () => void
  readonly onBusy: (id: number, delayMs: number) => void
  readonly onLabelKeys: () => void
  readonly onFault: (cause: unknown) => void
}

/** Until a batch that one hospital refused is put to a hospital again: by then it may be another one. */
const SECOND_OPINION_MS = 60_000
const NO_HEAD = `0x${'00'.repeat(32)}` as Hex32

/** What is said to the hospital besides batches, and what follows from what it says. */
export class Correspondence {
  readonly #deps: CorrespondenceDeps
  readonly #latency = new Histogram()
  #count = 0
  #forged = 0
  #lastAt: UnixMs | undefined
  #hasRenewed = false
  #isRenewing = false

  constructor(deps: CorrespondenceDeps) {
    this.#deps = deps
  }

  get receipts(): ReceiptStats {
    const latency = this.#latency.snapshot()
    return { count: this.#count, lastAt: this.#lastAt, forged: this.#forged, latency }
  }

  /** Whether the spool turned out to be a copy since the start. */
  get hasRenewed(): boolean {
    return this.#hasRenewed
  }

  /** What came, whether asked for or not. */
  hear(answers: readonly Answer[]): void {
    const { log, reader, settlement, secondOpinion, onReceived, onBusy } = this.#deps
    const verdicts = reader.read(answers)
    const { received, busy, labelKeys, hospitals, forged } = verdicts
    const refused = verdicts.refused.filter((one) => secondOpinion.isFinal(one))
    this.#count += received.length
    this.#forged += forged
    for (const { ageMs } of received) if (ageMs !== undefined) this.#latency.add(ageMs)
    if (received.length > 0) this.#lastAt = this.#deps.clock.now()
    if (forged > 0) log.warn({ forged }, 'answers without a good signature or proof')
    for (const { reason } of refused) log.error({ reason }, 'a batch was refused for ever')
    settlement.settle({ received, refused })
    if (received.length > 0) onReceived()
    for (const { entry, delayMs } of busy) onBusy(entry.id, delayMs)
    for (const one of verdicts.refused) {
      if (refused.includes(one)) continue
      log.warn({ reason: one.reason }, 'a batch was refused that another hospital may take')
      onBusy(one.entry.id, SECOND_OPINION_MS)
    }
    for (const keys of labelKeys) void this.#offer(keys)
    for (const list of hospitals) void this.#offerHospitals(list)
    if (this.#isSpent(verdicts)) void this.#renew()
  }

  /** What waits from before, and whether there is anything that cannot be: batches not sealed yet. */
  wantedAtConnection(): readonly Wanted[] {
    const { incarnation, head } = this.#deps.life
    const waiting = this.#deps.spool.spans()
    const from = waiting.find((span) => span.incarnation === incarnation)?.from ?? (head?.sequence ?? 0) + 1
    return [
      ...waiting.filter((span) => span.incarnation !== incarnation),
      { incarnation, from, to: Number.MAX_SAFE_INTEGER },
    ]
  }

  /** A signed question, which also says how this device is. */
  question(wanted: Wanted | undefined): Uint8Array {
    const { realm, signer, clock, life, labels, hospitals, spool, standing } = this.#deps
    const { incarnation, head } = life
    const asked = wanted ?? { incarnation, from: 1, to: 0 }
    const present = asked.incarnation === incarnation ? head : undefined
    const question = {
      device: signer.address,
      ...asked,
      labelSerial: labels.serial,
      headSequence: present?.sequence ?? 0,
      head: present === undefined ? NO_HEAD : (toHex(digestOfCid(present.cid)) as Hex32),
      spoolBytes: spool.bytes,
      at: clock.now(),
      standing: standing(),
      hospitalSerial: hospitals.serial,
    }
    return encodeQuestion(signQuestion(realm, question, signer))
  }

  /** Whether the hospital has batches of this incarnation that this spool knows nothing of. */
  #isSpent({ unknown, refused }: Verdicts): boolean {
    const { life } = this.#deps
    return (
      unknown.some(
        ({ incarnation, sequence }) => incarnation === life.incarnation && !life.hasTaken(sequence),
      ) || refused.some(({ entry, reason }) => reason === 'FORKED' && entry.incarnation === life.incarnation)
    )
  }

  async #offer(keys: SignedLabelKeys): Promise<void> {
    const { log, labels, onLabelKeys, onFault } = this.#deps
    try {
      const fault = await labels.offer(keys)
      if (fault === 'STALE_SERIAL') return
      if (fault !== undefined) {
        log.warn({ fault }, 'label keys were not taken')
        return
      }
      log.info({ serial: labels.serial }, 'new label keys')
      onLabelKeys()
    } catch (cause) {
      onFault(cause)
    }
  }

  async #offerHospitals(list: SignedDeviceHospitals): Promise<void> {
    const { log, hospitals, onFault } = this.#deps
    try {
      const fault = await hospitals.offer(list)
      if (fault === undefined) log.info({ serial: hospitals.serial }, 'a new list of hospitals')
      else if (fault !== 'STALE_SERIAL') log.warn({ fault }, 'a list of hospitals was not taken')
    } catch (cause) {
      onFault(cause)
    }
  }

  async #renew(): Promise<void> {
    if (this.#isRenewing) return
    this.#isRenewing = true
    try {
      await this.#deps.life.renew()
      this.#hasRenewed = true
      this.#deps.log.error('the spool turned out to be a copy; a new incarnation is begun')
    } catch (cause) {
      this.#deps.onFault(cause)
    } finally {
      this.#isRenewing = false
    }
  }
}
