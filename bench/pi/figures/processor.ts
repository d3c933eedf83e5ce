import { setTimeout as delay } from 'node:timers/promises'
import { HOUR_MS, SECOND_MS } from '@hygeia/protocol/units'
import type { Finding } from '../../report/figure.ts'
import { step } from '../../report/step.ts'
import type { Bed } from '../bed.ts'
import type { PiBench } from '../context.ts'
import { programInGuest } from '../guest-program.ts'
import { bringWaveforms, LOAD, played } from '../played.ts'

/** A whole number of windows: each of them is sealed once a minute. */
const MEASURED_MS = 60_000
/** Starting is not recording. */
const SETTLING_MS = 20_000
/** Of a simulated ADS1115 at its 250 a second: real ones are as wrong. */
const CHIP_RATE = 250 * 0.985

/** Processor time of an hour of recording, in encryptions of a data key on the same machine. */
export async function processor(bench: PiBench): Promise<Finding> {
  const bed = await bench.bed()
  const { bedside } = bed
  await bedside.stop()
  const encryptionMs = Number(await step('Umbral encryptions', () => programInGuest(bed, 'encryption.ts')))
  await step('a minute of the whole bedside', async () => {
    await bringWaveforms(bed)
    await bed.run(played())
    await delay(SETTLING_MS)
  })
  const { hourMs, ecgRate } = await step('processor time of a minute', async () => {
    const [before, ecgBefore, began] = [await usedMs(bed), await takenOfEcg(bed), performance.now()]
    await delay(MEASURED_MS)
    const [used, ecg] = [(await usedMs(bed)) - before, (await takenOfEcg(bed)) - ecgBefore]
    const tookMs = performance.now() - began
    return { hourMs: (used * HOUR_MS) / tookMs, ecgRate: (ecg * SECOND_MS) / tookMs }
  })
  await bed.checkAlive()
  return {
    figures: [
      {
        name: 'an hour of the whole bedside, in Umbral encryptions',
        measured: hourMs / encryptionMs,
        unit: '×',
        note: `${(hourMs / 1_000).toFixed(0)} s of processor against ${encryptionMs.toFixed(2)} ms; with editor`,
      },
      {
        name: 'ECG samples taken, nothing straining',
        measured: ecgRate,
        unit: '/s',
        note: `of ${CHIP_RATE.toFixed(0)} that the chip makes`,
      },
    ],
    remarks: [`the whole bedside: ${LOAD}; its chips are simulated in the agent and are part of its time`],
  }
}

async function takenOfEcg({ bedside }: Bed): Promise<number> {
  return (await bedside.status())?.sampling?.samples['ecg-i'] ?? 0
}

/** What the unit's processes took of the processor since its start. @see systemd.resource-control(5), CPUUsageNSec */
async function usedMs({ bedside }: Bed): Promise<number> {
  return Number(await bedside.property('CPUUsageNSec')) / 1e6
}
