import { setTimeout as delay } from 'node:timers/promises'
import type { PiConfig } from '@hygeia/test/pi/bedside-pi'
import type { Figure, Finding } from '../../report/figure.ts'
import { quantile } from '../../report/spread.ts'
import { step } from '../../report/step.ts'
import { type Bed, WIRED } from '../bed.ts'
import type { PiBench } from '../context.ts'
import { Lateness } from '../lateness.ts'

const RUNNING_MS = 60_000
/** Nobody promises an even second while an editor starts. */
const SETTLING_MS = 10_000
const PERIOD_MS = 1_000
const MODES = [
  { name: 'with editor', editor: {}, aim: { atMost: 190 } },
  { name: 'headless', editor: { headless: true }, aim: { atMost: 130 } },
  { name: 'without Node-RED', editor: { enabled: false }, aim: undefined },
] as const

/** What an agent holds that nothing happens to, and how evenly it samples meanwhile. */
export async function atRest(bench: PiBench): Promise<Finding> {
  const bed = await bench.bed()
  const figures: Figure[] = []
  const offMs: number[] = []
  using lateness = new Lateness()
  for (const { name, editor, aim } of MODES) {
    const rest = await step(`a minute ${name}`, () => restOf(bed, editor))
    figures.push({
      name: `resident memory, ${name}`,
      measured: rest.residentMb,
      unit: 'MB',
      ...(aim === undefined ? {} : { aim }),
      note: `VmRSS after ${RUNNING_MS / 1_000} s; jitter meanwhile ${quantile(rest.offMs, 0.5)} ms in the median, ${quantile(rest.offMs, 0.9)} ms p90, ${quantile(rest.offMs, 1)} ms at most`,
    })
    offMs.push(...rest.offMs)
  }
  figures.push({
    name: 'sampling jitter at 1 Hz, p99',
    measured: quantile(offMs, 0.99),
    unit: 'ms',
    aim: { atMost: 20 },
    note: `from read to read of the thermometer, less a second, seen at the chip: median ${quantile(offMs, 0.5)} ms, worst ${quantile(offMs, 1)} ms of ${offMs.length}; ${lateness.note}`,
  })
  return { figures }
}

async function restOf(bed: Bed, editor: PiConfig['editor']) {
  await bed.run({ ...WIRED, editor })
  const from = Date.now() + SETTLING_MS
  await delay(RUNNING_MS)
  const until = Date.now()
  const residentMb = await bed.bedside.residentMb()
  await bed.checkAlive()
  const reads = bed.chips.handedOut
    .filter(({ channel, atUnixMs }) => channel === 'skin-temperature' && atUnixMs > from && atUnixMs < until)
    .map(({ atUnixMs }) => atUnixMs)
  const offMs = reads.slice(1).map((at, index) => Math.abs(at - (reads[index] ?? at) - PERIOD_MS))
  return { residentMb, offMs }
}
