import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { writePassword } from '@hygeia/agent/editor/password'
import type { LedgerEntry } from '@hygeia/agent/simulation/ledger'
import { MINUTE_MS, SECOND_MS, type UnixMs } from '@hygeia/protocol/units'
import { freePort } from '@hygeia/runtime/test/free-port'
import { listBatches } from '@hygeia/test/arrivals'
import { DeviceProcess } from '@hygeia/test/device'
import { openReadings } from '@hygeia/test/opened'
import { readLedger } from '@hygeia/test/readings'
import { grantSpan, type Scene } from '@hygeia/test/scene'
import { until } from '@hygeia/test/until'
import type { Tell } from '../report/step.ts'
import { PASSWORD } from './bed.ts'
import { startAgent } from './packaged-agent.ts'
import { played } from './played.ts'
import { slowSync } from './slow-sync.ts'
import { deploySpinning } from './spinning.ts'

/** How long it is under strain. */
export const STRAIN_SECONDS = 60 * Number(process.env.HYGEIA_BENCH_MINUTES ?? 1)
/** Until the function node is deployed, which is part of the recording. */
const DEPLOY_SECONDS = 30
export const RECORDED_SECONDS = STRAIN_SECONDS + DEPLOY_SECONDS
const ROW_SECONDS = 10
const SETTLING_LIMIT_MS = 120_000
const EDITOR_LIMIT_MS = 60_000
/** Of one core, if the function node really spins: half of it, on a machine that others leave alone. */
const SPINNING_SHARE = 0.25
const CHANNEL = 'ecg-i'
const SENSOR = 'ecg'
const PERIOD_MS = 4

/** What became of an ECG. */
export interface EcgCount {
  /** Samples that went on to be recorded. */
  readonly taken: number
  readonly undelivered: number
  /** Conversions that nobody had read when the next took their place, counted by the chip while the strain lasts. */
  readonly lost: number
  readonly note: string
}

export interface EcgBedsideOptions {
  readonly scene: Scene
  /** Of the packaged agent. */
  readonly program: string
  readonly isStrained: boolean
}

/** Record the whole bedside for `RECORDED_SECONDS`, and count what arrives of its ECG at the physician. */
export async function recordEcg(
  { scene, program, isStrained }: EcgBedsideOptions,
  tell: Tell,
): Promise<EcgCount> {
  const { patient, physician } = scene
  const dir = join(scene.dir, isStrained ? 'strained' : 'calm')
  const port = await freePort()
  const recording = join(scene.dir, 'recording.csv')
  const rows = Array.from(
    { length: RECORDED_SECONDS / ROW_SECONDS },
    (_, row) => `${row * ROW_SECONDS},70,97`,
  )
  await writeFile(recording, `second,heart_rate_bpm,spo2_percent\n${rows.join('\n')}\n`)
  const ledger = join(dir, 'chips.jsonl')
  await mkdir(dir, { recursive: true })
  const device = await DeviceProcess.init(dir, { ...played(recording, ledger), editor: { port } })
  await device.pair(patient)
  await mkdir(join(device.stateDir, 'editor'), { recursive: true, mode: 0o700 })
  await writePassword(join(device.stateDir, 'editor/editor.password'), PASSWORD)

  const from = Date.now() as UnixMs
  const { configFile, logFile } = device
  const env = isStrained ? { LD_PRELOAD: await slowSync() } : {}
  const agent = await startAgent(program, { configFile, logFile, env })
  try {
    const url = `http://127.0.0.1:${port}`
    const isUp = async () => (await fetch(url).catch(() => undefined))?.ok === true
    await until('the editor is up', isUp, EDITOR_LIMIT_MS)
    if (isStrained) await deploySpinning(url, PASSWORD)
    tell(isStrained ? 'the function node spins' : 'nothing strains')
    const beforeMs = await agent.processorMs()
    const strainFrom = Date.now()
    await delay(STRAIN_SECONDS * SECOND_MS)
    const strainTo = Date.now()
    const share = ((await agent.processorMs()) - beforeMs) / (STRAIN_SECONDS * SECOND_MS)
    if (isStrained && share < SPINNING_SHARE)
      throw new Error(`nothing spins: ${share} of a core\n${await agent.tail()}`)
    tell('it comes to its end')
    const isFinished = async () => (await device.status())?.state === 'finished'
    await until('every receipt is in', isFinished, SETTLING_LIMIT_MS)
    const { sampling } = (await device.status()) ?? {}
    if (sampling === undefined) throw new Error('the status says nothing of the samples')

    const span = { from, to: (Date.now() + MINUTE_MS) as UnixMs }
    const isAnchored = async () => (await listBatches(patient, span)).waiting === 0
    await until('all batches are anchored', isAnchored, SETTLING_LIMIT_MS)
    const opened = await openReadings(physician, await grantSpan(scene, span, ['ecg']), span)
    if (opened.faults.length > 0) throw new Error(`batches that did not open: ${opened.faults}`)
    const arrived = [...opened.values.keys()].filter((name) =>
      name.startsWith(`${device.address} ${CHANNEL} `),
    )
    const entries = (await readLedger(ledger)).filter(
      ({ sensor, atUnixMs }) => sensor === SENSOR && atUnixMs >= strainFrom && atUnixMs < strainTo,
    )
    if (entries.length < STRAIN_SECONDS * 100)
      throw new Error(`the chip told of ${entries.length} conversions`)
    const { lost, longest } = lostIn(entries)
    const { samples, skippedTicks, notRecorded } = sampling
    const taken = samples[CHANNEL] ?? 0
    return {
      taken,
      undelivered: taken - arrived.length,
      lost,
      note: `at most ${longest} in a row (${longest * PERIOD_MS} ms); ${Math.round(100 * share)} % of a core, ${skippedTicks} readings at 1 Hz skipped, ${notRecorded[CHANNEL] ?? 0} of the ECG left out for want of room`,
    }
  } finally {
    await agent.stop()
  }
}

function lostIn(entries: readonly LedgerEntry[]): { readonly lost: number; readonly longest: number } {
  let lost = 0
  let row = 0
  let longest = 0
  for (const { bytes } of entries) {
    row = bytes === '' ? row + 1 : 0
    if (bytes === '') lost++
    longest = Math.max(longest, row)
  }
  return { lost, longest }
}
