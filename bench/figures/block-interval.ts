import { setTimeout as delay } from 'node:timers/promises'
import type { Bench } from '../context.ts'
import type { Finding } from '../report/figure.ts'
import { PERIOD_SEC, PUBLISHED } from '../report/published.ts'
import { mean } from '../report/spread.ts'
import { step } from '../report/step.ts'
import { intervals } from '../ward/blocks.ts'

const LEAST = 12
const TOLERANCE_SEC = 0.1

/** How regular blocks are, as seen through JSON-RPC from the hospital's start on, in its ordinary business so far. */
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
        measured: worstOf(lengths),
        unit: 's',
        aim: { atMost: TOLERANCE_SEC },
        note: beyond(lengths),
      },
    ],
  }
}

/** The same over everything that has run: both cores busy for minutes. Nothing is promised of that. */
export async function blockIntervalUnderLoad(bench: Bench): Promise<Finding> {
  const lengths = intervals((await bench.ward()).blocks.seen)
  if (lengths.length === 0) return { figures: [] }
  return {
    figures: [
      { name: 'block interval under all loads, mean', measured: mean(lengths), unit: 's' },
      { name: '  worst deviation', measured: worstOf(lengths), unit: 's', note: beyond(lengths) },
    ],
  }
}

function worstOf(lengths: readonly number[]): number {
  return Math.max(...lengths.map((length) => Math.abs(length - PERIOD_SEC)))
}

function beyond(lengths: readonly number[]): string {
  const outside = lengths.filter((length) => Math.abs(length - PERIOD_SEC) > TOLERANCE_SEC).length
  return `${outside} of ${lengths.length} beyond ${TOLERANCE_SEC} s`
}
