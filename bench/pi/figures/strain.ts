import { setTimeout as delay } from 'node:timers/promises'
import { MINUTE_MS, SECOND_MS, type UnixMs } from '@hygeia/protocol/units'
import { listBatches } from '@hygeia/test/arrivals'
import { openReadings } from '@hygeia/test/opened'
import { grantSpan } from '@hygeia/test/scene'
import { until } from '@hygeia/test/until'
import type { Finding } from '../../report/figure.ts'
import { step, type Tell } from '../../report/step.ts'
import { type Bed, PASSWORD } from '../bed.ts'
import type { PiBench } from '../context.ts'
import { programInGuest } from '../guest-program.ts'
import { bringWaveforms, LOAD, played } from '../played.ts'
import { slowSync } from '../slow-sync.ts'

/** How long it is recorded, by `HYGEIA_BENCH_MINUTES`: the bound speaks of an hour. */
export const STRAIN_SECONDS = 60 * Number(process.env.HYGEIA_BENCH_MINUTES ?? 1)
/** Until the function node is deployed, which is part of the recording. */
const DEPLOY_SECONDS = 30
const ROW_SECONDS = 10
const RECORDING = '/etc/hygeia/recording.csv'
const SETTLING_LIMIT_MS = 120_000
/** Of one core, if the function node really spins. */
const SPINNING_SHARE = 0.5
const CHANNEL = 'ecg-i'
const PERIOD_MS = 4
/** Clocks round to 1 ms. */
const GAP_MS = 1.5 * PERIOD_MS

/** What becomes of an ECG while a function node of the user's spins and the card takes its time. */
export async function strain(bench: PiBench): Promise<Finding> {
  const bed = await bench.bed()
  const { patient, physician } = bed.scene
  await using _ = await slowSync(bed)
  const from = Date.now() as UnixMs
  const recorded = await step(`${STRAIN_SECONDS} s of the whole bedside under strain`, (tell) =>
    record(bed, tell),
  )
  const span = { from, to: (Date.now() + MINUTE_MS) as UnixMs }
  const opened = await step('what came to the physician', async () => {
    const isAnchored = async () => (await listBatches(patient, span)).waiting === 0
    await until('all batches are anchored', isAnchored, SETTLING_LIMIT_MS)
    return await openReadings(physician, await grantSpan(bed.scene, span, ['ecg']), span)
  })
  await bed.bedside.stop()

  const arrived = [...opened.values].filter(([name]) => name.split(' ')[1] === CHANNEL)
  const times = arrived
    .flatMap(([name, reading]) => (typeof reading === 'number' ? [Number(name.split(' ')[2])] : []))
    .sort((a, b) => a - b)
  const steps = times.slice(1).map((at, index) => at - (times[index] ?? at))
  const gaps = steps.filter((ms) => ms > GAP_MS)
  const missed = gaps.reduce((sum, ms) => sum + Math.round(ms / PERIOD_MS) - 1, 0)
  const undelivered = recorded.taken - arrived.length
  return {
    figures: [
      {
        name: 'ECG samples recorded that did not arrive',
        measured: undelivered,
        unit: '',
        aim: { atMost: 0 },
        note: `of ${recorded.taken} in ${STRAIN_SECONDS + DEPLOY_SECONDS} s; a function node spins 5 s of 10, every sync takes 500 ms`,
      },
      {
        name: 'ECG samples that were never taken',
        measured: missed,
        unit: '',
        aim: { atMost: 0 },
        note: `in ${gaps.length} gaps, the longest ${Math.max(0, ...gaps)} ms, by the times of those that arrived`,
      },
    ],
    remarks: [
      `under strain, ${LOAD}: ${recorded.note}`,
      ...(opened.faults.length === 0 ? [] : [`batches that did not open: ${opened.faults.join(', ')}`]),
    ],
  }
}

/** Record all of it, and wait until it is delivered. @returns how many samples of the ECG went on to be recorded, and how it went */
async function record(bed: Bed, tell: Tell): Promise<{ readonly taken: number; readonly note: string }> {
  const { bedside } = bed
  const seconds = STRAIN_SECONDS + DEPLOY_SECONDS
  const rows = Array.from({ length: seconds / ROW_SECONDS }, (_, row) => `${row * ROW_SECONDS},70,97`)
  await bedside.shell.write(RECORDING, `second,heart_rate_bpm,spo2_percent\n${rows.join('\n')}\n`)
  await bringWaveforms(bed)
  await bed.run(played(RECORDING))
  const began = performance.now()
  await programInGuest(bed, 'deploy-spinning.ts', `'${PASSWORD}'`)
  tell('the function node spins')
  // Whoever looks takes from the one core.
  await delay(STRAIN_SECONDS * SECOND_MS)
  tell('it comes to its end')
  const { sampling } = await bedside.until('every receipt is in', ({ state }) => state === 'finished')
  const usedMs = Number(await bedside.property('CPUUsageNSec')) / 1e6
  const share = usedMs / (performance.now() - began)
  if (share < SPINNING_SHARE)
    throw new Error(`nothing spins: ${share} of the core\n${await bedside.journal()}`)
  await bed.checkAlive('finished')
  const invocation = await bedside.property('InvocationID')
  const { text: away } = await bedside.shell.attempt(
    `journalctl --output=cat _SYSTEMD_INVOCATION_ID=${invocation} | grep -c '"state":"away"'`,
  )
  if (sampling === undefined) throw new Error('the status says nothing of the samples')
  const { samples, notRecorded, skippedTicks } = sampling
  return {
    taken: samples[CHANNEL] ?? 0,
    note: `${Math.round(100 * share)} % of the core used, sensors away ${away} times, ${skippedTicks} readings at 1 Hz skipped, ${notRecorded[CHANNEL] ?? 0} of the ECG left out for want of room`,
  }
}
