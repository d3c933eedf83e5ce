import { fileURLToPath } from 'node:url'
import type { BrowserContext, Page } from 'playwright-core'

const WATCH = fileURLToPath(new URL('watch.js', import.meta.url))

/** What `watch.js` noted, times in ms since the page began unless named otherwise. */
export interface Seen {
  readonly longTasks: readonly { readonly startTime: number; readonly duration: number }[]
  readonly traces: readonly Trace[]
  readonly shown: Readonly<Partial<Record<'interactive' | 'open' | 'firstChart', number>>>
  readonly frames: readonly number[]
  /** What the first tile showed, and since when, ms since the Unix epoch. */
  readonly texts: readonly { readonly value: string; readonly at: number }[]
}

/** Points of one chart as they came from the worker. */
export interface Trace {
  readonly time: number
  /** Range that was asked for, half of what is shown beyond either edge, ms since the Unix epoch. */
  readonly from: number
  readonly to: number
  /** First point, ms since the Unix epoch. */
  readonly first: number
  readonly points: number
}

export async function watchPages(context: BrowserContext): Promise<void> {
  await context.addInitScript({ path: WATCH })
}

export function seenIn(page: Page): Promise<Seen> {
  return page.evaluate('JSON.parse(JSON.stringify(hygeiaSeen))')
}

/** Longest time that a page's main thread was not to be had, ms; 0 when it was always had within 50 ms. */
export function longestTask({ longTasks }: Seen, since = 0): number {
  return Math.max(
    0,
    ...longTasks.filter(({ startTime }) => startTime >= since).map(({ duration }) => duration),
  )
}

/** Processor time of the browser's renderers so far, workers included, s. @see CDP SystemInfo.getProcessInfo */
export async function rendererSec(context: BrowserContext): Promise<number> {
  const browser = context.browser()
  if (browser === null) throw new Error('no browser to ask')
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  await session.detach()
  return processInfo.filter(({ type }) => type === 'renderer').reduce((sum, { cpuTime }) => sum + cpuTime, 0)
}
