import type { Bench } from '../context.ts'
import type { Finding } from '../report/figure.ts'
import { step } from '../report/step.ts'
import { reached } from './memory.ts'

const BATCHES = 100_000
const TIMES = 3
const AIM = { atMost: 3 }

/** From the start of a killed daemon, with 100,000 batches in its journal, until it says that it is ready. */
export async function start(bench: Bench): Promise<Finding> {
  const ward = await bench.ward()
  const batches = await reached(bench, ward, BATCHES)
  const times: number[] = []
  for (let time = 1; time <= TIMES; time++) {
    await step(`kill and start, ${time} of ${TIMES}`, async () => {
      await ward.kill()
      times.push((await ward.start()) / 1_000)
    })
  }
  return {
    figures: [
      {
        name: 'start with 100,000 batches in the journal',
        measured: Math.max(...times),
        unit: 's',
        aim: AIM,
        note: `${batches} batches; worst of ${times.map((seconds) => seconds.toFixed(2)).join(', ')} s after kill -9`,
      },
    ],
  }
}
