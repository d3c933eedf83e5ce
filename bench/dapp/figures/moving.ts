import type { Page } from 'playwright-core'
import type { Finding } from '../../report/figure.ts'
import { quantile } from '../../report/spread.ts'
import type { DappBench } from '../context.ts'
import { longestTask, rendererSec, seenIn } from '../page.ts'

const STEPS = 240
const STEP_MS = 16
const WHEEL_PX = 20

/** Dragging and zooming a chart of a day, with three others that follow, for four seconds each. */
export async function moving(bench: DappBench): Promise<Finding> {
  const { visitor, page } = await bench.home()
  await page.getByRole('button', { name: 'Day', exact: true }).click()
  await page.waitForTimeout(2_000)
  const chart = page.locator('.chart').first()
  await chart.scrollIntoViewIfNeeded()
  const box = await chart.boundingBox()
  if (box === null) throw new Error('no chart')
  const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 }
  await page.mouse.move(middle.x, middle.y)
  const before = await rendererSec(visitor.context)
  const zoomed = await during(page, async (step) => {
    await page.keyboard.down('Control')
    // In and out again, and a little further in: what is dragged afterwards has somewhere to go.
    await page.mouse.wheel(0, step % 8 < 5 ? -WHEEL_PX : WHEEL_PX)
    await page.keyboard.up('Control')
  })
  await page.mouse.down()
  const dragged = await during(page, async (step) => {
    await page.mouse.move(middle.x + (box.width / 3) * Math.sin(step / 20), middle.y)
  })
  await page.mouse.up()
  const cpuSec = (await rendererSec(visitor.context)) - before
  const frames = zoomed.frames + dragged.frames
  const aim = { atLeast: 50 }
  return {
    figures: [
      { name: 'zooming', measured: zoomed.perSecond, unit: '/s', aim, note: `frames; ${zoomed.note}` },
      {
        name: 'panning',
        measured: dragged.perSecond,
        unit: '/s',
        aim,
        note: `frames; ${dragged.note}; CPU ${((1_000 * cpuSec) / frames).toFixed(1)} ms a frame of both`,
      },
      {
        name: 'longest task while moving',
        measured: Math.max(zoomed.longestMs, dragged.longestMs),
        unit: 'ms',
        aim: { atMost: 50 },
      },
    ],
  }
}

async function during(page: Page, move: (step: number) => Promise<void>) {
  await page.evaluate('hygeiaSeen.watchFrames()')
  for (let step = 0; step < STEPS; step++) {
    await move(step)
    await page.waitForTimeout(STEP_MS)
  }
  await page.evaluate('hygeiaSeen.stopFrames()')
  const seen = await seenIn(page)
  const gaps = seen.frames.slice(1).map((time, index) => time - (seen.frames[index] ?? time))
  const totalMs = (seen.frames.at(-1) ?? 0) - (seen.frames[0] ?? 0)
  return {
    frames: gaps.length,
    perSecond: (1_000 * gaps.length) / totalMs,
    longestMs: longestTask(seen),
    note: `p95 ${quantile(gaps, 0.95).toFixed(0)} ms between two`,
  }
}
