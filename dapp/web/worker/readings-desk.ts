import { hostClock } from '@hygeia/dapp/clock'
import { HospitalError } from '@hygeia/dapp/hospital/errors'
import type { KnownHospital } from '@hygeia/dapp/hospital/known'
import { batchRecord } from '@hygeia/dapp/verify/record'
import type { Verdict } from '@hygeia/dapp/verify/verdict'
import { verify } from '@hygeia/dapp/verify/verify'
import { sameBytes } from '@hygeia/protocol/cbor'
import { type ChannelName, channelNamed } from '@hygeia/protocol/channel'
import type { Address } from '@hygeia/protocol/ids'
import { toHex } from '@hygeia/protocol/ids'
import { isLeafProven, type Receipt } from '@hygeia/protocol/receipt/receipt'
import { digestOfCid, parseCid } from '@hygeia/protocol/sealed/cid'
import { DAY_MS, HOUR_MS, type UnixMs } from '@hygeia/protocol/units'
import { type Episode, episodesOf, newestScore, type TimedScore } from '../readings/alarms.ts'
import type { Latest } from '../readings/latest.ts'
import { until } from '../readings/range.ts'
import { type BatchLine, type BatchPlace, isWaveform, type Reading } from '../readings/reading.ts'
import type { Trace, TraceRange } from '../readings/trace.ts'
import { handOver } from './wire.ts'

/** The newest of a channel, and where the batch is that it came in. */
export interface PlacedLatest extends Latest {
  readonly place: BatchPlace
}

/** What a glance shows. */
export interface Glance {
  readonly latest: readonly PlacedLatest[]
  readonly score: TimedScore | undefined
  /** Of the last day, newest first. */
  readonly alarms: readonly Episode[]
}

/** What proves that a batch was stored. */
export interface Proof {
  readonly verdict: Verdict
  readonly root: string
  readonly blockNumber: number
  readonly transaction: string
  readonly hospital: Address
  /** Hashes from the batch's leaf up to the root. */
  readonly path: readonly string[]
  readonly isLeafUnderRoot: boolean
}

/** Readings of one patient, for pages. */
export class ReadingsDesk {
  readonly #reading: Reading
  readonly #hospital: () => Promise<KnownHospital>

  constructor(reading: Reading, hospital: () => Promise<KnownHospital>) {
    this.#reading = reading
    this.#hospital = hospital
  }

  /** Show what is kept of the last `lengthMs`, then what the hospital has, then what comes in. */
  async open(lengthMs: number): Promise<void> {
    const range = until(hostClock.now(), lengthMs)
    await this.#reading.recall(range)
    this.#reading.follow()
    try {
      await this.#reading.load(range)
    } catch (cause) {
      // The feed goes on asking and says that nobody answers.
      if (!(cause instanceof HospitalError)) throw cause
    }
  }

  /** Fetch what is missing of a range; what is kept here comes first. */
  async load(from: number, to: number): Promise<void> {
    const range = { from: from as UnixMs, to: to as UnixMs }
    await this.#reading.recall(range)
    await this.#reading.load(range)
  }

  /** The same of waveforms, which take a hundred times as much: for minutes, not for days. */
  async loadWaveform(from: number, to: number): Promise<void> {
    const range = { from: from as UnixMs, to: to as UnixMs }
    await this.#reading.load(range, isWaveform)
  }

  /** End of the newest waveform that the hospital lists in a range, ms; undefined when there is none. */
  async waveformEnd(from: number, to: number): Promise<number | undefined> {
    return this.#reading.newest({ from: from as UnixMs, to: to as UnixMs }, isWaveform)
  }

  /** The same of what came in since this page follows, without asking anybody. */
  newWaveformEnd(): number | undefined {
    return this.#reading.waveformEnd
  }

  glance(): Glance {
    const now = hostClock.now()
    const told = (channel: string) =>
      this.#reading.occurrences(channel as ChannelName, now - DAY_MS, now + HOUR_MS)
    return {
      latest: this.#reading.latest
        .map((latest) => ({ ...latest, place: this.#reading.batch(latest.cid)?.place ?? 'stored' }))
        .sort((a, b) => idOf(a.channel) - idOf(b.channel)),
      score: newestScore(told('news2')),
      alarms: episodesOf(told('alarm')),
    }
  }

  lines(): readonly { readonly device: Address; readonly channel: ChannelName }[] {
    return this.#reading.lines.toSorted((a, b) => idOf(a.channel) - idOf(b.channel))
  }

  trace(device: Address, channel: ChannelName, range: TraceRange): Trace {
    const trace = this.#reading.trace(device, channel, range)
    const { at, mean, low, high, gaps, suspectAt, suspect } = trace
    return handOver(trace, [at, mean, low, high, gaps, suspectAt, suspect])
  }

  batches(from: number, to: number): readonly BatchLine[] {
    return this.#reading.batches(from, to)
  }

  /**
   * Fetch a batch's receipt and check it against itself and the chain.
   *
   * @returns undefined while it is not anchored
   */
  async prove(cid: string): Promise<Proof | undefined> {
    const { client, realm, provider } = await this.#hospital()
    const receipt = await client.receipt(cid)
    if (receipt === undefined) return undefined
    const held = await verify(batchRecord(realm, receipt, undefined), () => provider)
    const verdict = isReceiptOf(receipt, cid) ? held : ofAnother(held, cid)
    const { root, blockNumber, transaction, hospital } = receipt.anchor
    return {
      verdict,
      root,
      blockNumber,
      transaction,
      hospital,
      path: receipt.proof.map(toHex),
      isLeafUnderRoot: isLeafProven(receipt),
    }
  }
}

const isReceiptOf = ({ leaf }: Receipt, cid: string) => sameBytes(digestOfCid(parseCid(cid)), leaf.digest)

/** A receipt proves something of the batch that it names alone. */
function ofAnother(held: Verdict, cid: string): Verdict {
  const claim = 'the receipt is of this batch'
  const detail = `asked for ${cid}, and got that of ${held.subject}`
  return { ...held, outcome: 'refuted', checks: [{ claim, outcome: 'false', detail }, ...held.checks] }
}

const idOf = (channel: ChannelName) => channelNamed(channel).id
