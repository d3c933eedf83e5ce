import { setTimeout as delay } from 'node:timers/promises'
import type { Bench } from '../context.ts'
import type { Finding } from '../report/figure.ts'
import { PERIOD_SEC, PUBLISHED } from '../report/published.ts'
import { mean } from '../report/spread.ts'
import { step } from '../report/step.ts'
import { intervals } from '../ward/blocks.ts'

const LEAST = 12
const TOLERANCE_SEC = 0.1

/** How regular blocks are, as seen through JSON-RPC from the hospital's start on, whatever else ran meanwhile. */
export async function blockInterval(bench: Bench): Promise<Finding> {
  const ward = await bench.ward()
  const seen = () => intervals(ward.blocks.seen)
  if (seen().length < LEAST) {
    await step(`${LEAST} blocks`, async (tell) => {
      while (seen().length < LEAST) {
        await delay(500, undefined, { signal: bench.signal })
        if (ward.blocks.fault !== undefined) throw ward.blocks.fault
        tell(`${seen().length} seen`)
      }
    })
  }
  const lengths = seen()
  const worst = Math.max(...lengths.map((length) => Math.abs(length - PERIOD_SEC)))
  const outside = lengths.filter((length) => Math.abs(length - PERIOD_SEC) > TOLERANCE_SEC).length
  return {
    figures: [
      {
        name: 'block interval, mean',
        measured: mean(lengths),
        unit: 's',
        aim: [PERIOD_SEC - TOLERANCE_SEC, PERIOD_SEC + TOLERANCE_SEC],
        published: PUBLISHED.blockCreation,
        note: `${lengths.length} intervals`,
      },
      {
        name: 'block interval, worst deviation',
        measured: worst,
        unit: 's',
        aim: { atMost: TOLERANCE_SEC },
        note: `${outside} of ${lengths.length} beyond ${TOLERANCE_SEC} s`,
      },
    ],
  }
}
