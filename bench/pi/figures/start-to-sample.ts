import { until } from '@hygeia/test/until'
import type { Finding } from '../../report/figure.ts'
import { median } from '../../report/spread.ts'
import { step } from '../../report/step.ts'
import { type Bed, WIRED } from '../bed.ts'
import type { PiBench } from '../context.ts'

const STARTS = 5
const SECOND_MS = 1_000

/** From the start of the unit to the first value that a chip hands out, both by the clock outside. */
export async function startToSample(bench: PiBench): Promise<Finding> {
  const bed = await bench.bed()
  await bed.run(WIRED)
  const tookMs = await step(`${STARTS} starts`, async (tell) => {
    const all: number[] = []
    for (let start = 0; start < STARTS; start++) {
      all.push(await firstSample(bed))
      tell(`${start + 1} of ${STARTS}`)
    }
    return all
  })
  return {
    figures: [
      {
        name: 'unit start to first sample',
        measured: median(tookMs) / SECOND_MS,
        unit: 's',
        aim: { atMost: 4 },
        note: `with editor; median of ${STARTS}, the worst ${(Math.max(...tookMs) / SECOND_MS).toFixed(2)} s`,
      },
    ],
  }
}

async function firstSample({ bedside, chips }: Bed): Promise<number> {
  await bedside.stop()
  const before = chips.handedOut.length
  const began = Date.now()
  await bedside.start()
  const first = await until('a chip is read', async () => chips.handedOut[before])
  return first.atUnixMs - began
}
