import { DAY_MS, MINUTE_MS } from '@hygeia/protocol/units'
import type { Page } from 'playwright-core'
import type { Figure, Finding } from '../../report/figure.ts'
import type { DappBench } from '../context.ts'
import { longestTask, rendererSec, type Seen, seenIn } from '../page.ts'
import { DAYS } from '../resident.ts'

const CHANNELS = 4
/** Points are means of some minutes: a chart that begins no later than so shows all. */
const SLACK = 1 / 100
const LIMIT_MS = 300_000
const LEAST_TRACES = 8

/** From open keys, in a browser that has seen none of it, to charts of a day and then of a week. */
export async function opening(bench: DappBench): Promise<Finding> {
  const { visitor, page } = await bench.home()
  const day = await until(page, 0)
  const seen = await seenIn(page)
  const { open = 0, firstChart = 0 } = seen.shown
  const dayLongest = longestTask(seen, open)
  const figures: Figure[] = [
    {
      name: 'a day: first chart',
      measured: (firstChart - open) / 1_000,
      unit: 's',
      aim: { atMost: 1 },
      note: 'from open keys, nothing kept in the browser',
    },
    {
      name: 'a day: all four charts',
      measured: (day - open) / 1_000,
      unit: 's',
      aim: { atMost: 2 },
      note: `${DAY_MS / MINUTE_MS} batches, 345,600 readings`,
    },
  ]
  const before = await rendererSec(visitor.context)
  const began = await page.evaluate<number>('performance.now()')
  await page.getByRole('button', { name: 'Week', exact: true }).click()
  const week = await until(page, began)
  const after = await seenIn(page)
  const shows = stepsOf(after, began)
  figures.push(
    {
      name: 'a week: all four charts',
      measured: (week - began) / 1_000,
      unit: 's',
      aim: { atMost: 6 },
      note: `CPU ${((await rendererSec(visitor.context)) - before).toFixed(2)} s; ${(DAYS * DAY_MS) / MINUTE_MS} batches, of which a day was there`,
    },
    {
      name: 'a week: times that a chart grew on the way',
      measured: shows,
      unit: '',
      aim: { atLeast: LEAST_TRACES },
    },
    {
      name: 'longest task while opening',
      measured: Math.max(dayLongest, longestTask(after, began)),
      unit: 'ms',
      aim: { atMost: 50 },
    },
  )
  return { figures }
}

/** @returns when all charts first showed all of the span that is shown, ms since the page began */
async function until(page: Page, since: number): Promise<number> {
  const deadline = performance.now() + LIMIT_MS
  while (performance.now() < deadline) {
    const whole = (await seenIn(page)).traces.filter(
      ({ time, from, to, first }) => time >= since && isWhole({ from, to, first }),
    )
    const last = whole[CHANNELS - 1]
    if (last !== undefined) return last.time
    await page.waitForTimeout(100)
  }
  throw new Error('the charts never showed all')
}

/** What is asked for is the span shown and half of it beyond either edge. */
function isWhole({
  from,
  to,
  first,
}: {
  readonly from: number
  readonly to: number
  readonly first: number
}) {
  const shown = (to - from) / 2
  return first <= from + shown / 2 + shown * SLACK
}

/** How often charts were given more points than before. */
function stepsOf({ traces }: Seen, since: number): number {
  const firsts = traces.filter(({ time }) => time >= since).map(({ first }) => first)
  return firsts.filter((first, index) => index === 0 || first < Math.min(...firsts.slice(0, index))).length
}
