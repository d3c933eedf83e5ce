import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { ChannelName } from '@hygeia/protocol/channel'
import type { BootId } from '@hygeia/protocol/ids'
import type { Sample } from '@hygeia/protocol/sample'
import { decodeSealed } from '@hygeia/protocol/sealed/codec'
import { PRIORITIES, type SealedBatch } from '@hygeia/protocol/sealed/header'
import { keySigner, type Signer } from '@hygeia/protocol/signature'
import type { MonotonicMs } from '@hygeia/protocol/units'
import { systemClock } from '@hygeia/runtime/clock'
import { createLog } from '@hygeia/runtime/log'
import type { Clocks } from '../../src/batch/dating.ts'
import { Journal } from '../../src/batch/journal.ts'
import { JournalCipher } from '../../src/batch/journal-cipher.ts'
import { Positions } from '../../src/batch/positions.ts'
import { Pipeline, type PipelineOptions } from '../../src/delivery/pipeline.ts'
import { Database } from '../../src/disk/database.ts'
import { LabelKeyStore } from '../../src/label-keys/label-key-store.ts'
import { DataKeys } from '../../src/seal/data-keys.ts'
import { LabelMonths } from '../../src/seal/label-months.ts'
import { Sealer } from '../../src/seal/sealer.ts'
import { Life } from '../../src/spool/life.ts'
import { MarkFile } from '../../src/spool/mark.ts'
import { Spool } from '../../src/spool/spool.ts'
import { Patient } from './patient.ts'
import { REALM } from './realm.ts'

export const LOG = createLog('test', 'silent')
export const MINUTE = 60_000
/** Noon in the middle of a month: no month ends while a test goes on. */
export const START = Date.UTC(2025, 5, 15, 12)

/** Samples go in at one end, sealed batches lie in the spool at the other: all real, on a real disk. */
export interface Line {
  readonly pipeline: Pipeline
  readonly database: Database
  readonly spool: Spool
  readonly life: Life
  readonly labels: LabelKeyStore
  /** What lies in the spool, oldest first. */
  sealed(): readonly SealedBatch[]
  /** Stop as a killed process does: nothing more is written. */
  kill(): void
}

export interface LineOptions extends Partial<PipelineOptions> {
  readonly folder: string
  readonly patient?: Patient
  readonly key?: Uint8Array
  readonly spoolLimitBytes?: number
  readonly keyEpochMs?: number
  readonly labelKeys?: Parameters<Patient['labelKeys']>[2]
}

export const DEVICE_KEY = randomBytes(32)
export const DEVICE: Signer = keySigner(DEVICE_KEY)
export const PATIENT = new Patient()

export async function openLine(options: LineOptions): Promise<Line> {
  const {
    folder,
    patient = PATIENT,
    spoolLimitBytes = 1 << 30,
    keyEpochMs = 900_000,
    labelKeys,
    ...rest
  } = options
  const authority = { realm: REALM, patient: patient.signer.address, device: DEVICE.address }
  const paired = patient.labelKeys(REALM, DEVICE.address, labelKeys)
  const labels = await LabelKeyStore.open(join(folder, 'label-keys.cbor'), authority, paired)
  const database = Database.open(join(folder, 'agent.db'))
  const mark = new MarkFile({ path: join(folder, 'mark') })
  const { life } = await Life.open({ database, mark })
  const journal = new Journal({ database, cipher: new JournalCipher({ key: new Uint8Array(32).fill(7) }) })
  const positions = new Positions({ database })
  const months = new LabelMonths({ database })
  const spool = new Spool(
    { limitBytes: spoolLimitBytes, deadLimitBytes: 65_536, rateAfterMs: 120_000 },
    { database, clock: systemClock },
  )
  const sealer = new Sealer(
    { priorities: { vitals: 'vitals', ecg: 'ecg', activity: 'rest', environment: 'rest', alert: 'alert' } },
    {
      realm: REALM,
      signer: DEVICE,
      sequences: life,
      labels,
      months,
      dataKeys: new DataKeys({ epochMs: keyEpochMs }),
    },
  )
  const pipeline = new Pipeline(
    {
      windowMs: { vitals: MINUTE, ecg: MINUTE, activity: MINUTE, environment: MINUTE, alert: 0 },
      maxSamples: 32_768,
      journalMs: 1_000,
      undatedAfterMs: 600_000,
      waitingLimit: 1_000,
      retryMs: 10,
      ...rest,
    },
    {
      database,
      journal,
      positions,
      sealer,
      months,
      life,
      spool,
      clock: systemClock,
      log: LOG,
      onSpooled: () => {},
    },
  )
  return {
    pipeline,
    database,
    spool,
    life,
    labels,
    sealed: () =>
      PRIORITIES.flatMap((priority) => spool.after(priority, 0, 10_000))
        .sort((a, b) => a.id - b.id)
        .map(({ block }) => decodeSealed(block)),
    kill() {
      // Its timers die with a process, and the kernel closes its files.
      pipeline.stop()
      database.close()
    },
  }
}

export const BOOT = `0x${'b0'.repeat(8)}` as BootId
export const NEXT_BOOT = `0x${'b1'.repeat(8)}` as BootId

/** Clocks of a boot that began at `startUnix`. */
export function clocksOf(startUnix: number | undefined, boot = BOOT): Clocks {
  return { boot, offsetMs: startUnix, steps: [], wallOffsetMs: startUnix ?? 0 }
}

/** One pulse sample a second. @param from - seconds since boot */
export function pulses(from: number, to: number): readonly Sample[] {
  return Array.from({ length: to - from }, (_, index) =>
    sample('pulse', (from + index) * 1_000, 60 + (index % 40)),
  )
}

export function sample(channel: string, at: number, value: number): Sample {
  return { channel: channel as ChannelName, at: at as MonotonicMs, value }
}

export const NEVER: AbortSignal = new AbortController().signal

/** A chunk that ends with its last sample. */
export function chunkOf(samples: readonly Sample[], clocks: Clocks, isUrgent = false) {
  return { samples, clocks, at: (samples.at(-1)?.at ?? 0) as MonotonicMs, isUrgent }
}

/** Times of all samples that were sealed, batch after batch. */
export const timesOf = (line: Line) =>
  line
    .sealed()
    .flatMap((batch) => PATIENT.open(batch).columns.flatMap(({ samples }) => samples.map(({ at }) => at)))
