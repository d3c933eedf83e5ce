import { pinnedFetch } from '../../../dapp/bin/host/pinned-fetch.ts'
import type { Figure, Finding } from '../../report/figure.ts'
import { median } from '../../report/spread.ts'
import type { DappBench, Visitor } from '../context.ts'
import { longestTask, rendererSec, seenIn } from '../page.ts'

const TIMES = 5
const BUDGET_BYTES = 300_000
const COLD_SEC = { atMost: 1.5 }
const WARM_SEC = { atMost: 0.5 }

/** What a first visit fetches, and how long it takes until something can be done, with nothing kept and with the pages kept. */
export async function firstLoad(bench: DappBench): Promise<Finding> {
  const size = await firstBytes(bench)
  const cold: Visit[] = []
  const warm: Visit[] = []
  for (let time = 0; time < TIMES; time++) {
    await using visitor = await bench.visitor()
    cold.push(await visit(visitor))
    await pagesKept(visitor)
    warm.push(await visit(visitor))
  }
  return {
    figures: [
      size,
      figureOf('interactive, cold', cold, COLD_SEC),
      figureOf('interactive, warm', warm, WARM_SEC),
    ],
  }
}

interface Visit {
  readonly sec: number
  /** Processor time of the renderer. */
  readonly cpuSec: number
  readonly longestMs: number
}

function figureOf(name: string, visits: readonly Visit[], aim: { readonly atMost: number }): Figure {
  const secs = visits.map(({ sec }) => sec)
  const cpu = median(visits.map(({ cpuSec }) => cpuSec))
  const longest = Math.max(...visits.map(({ longestMs }) => longestMs))
  const each = secs.map((sec) => sec.toFixed(2)).join(', ')
  const note = `${each} s; CPU ${cpu.toFixed(2)} s, longest task ${longest.toFixed(0)} ms`
  return { name, measured: median(secs), unit: 's', aim, note }
}

/** Open the first page, until its button can be pressed. */
async function visit(visitor: Visitor): Promise<Visit> {
  const before = await rendererSec(visitor.context)
  const page = await visitor.open()
  await page.evaluate('hygeiaSeen.interactive')
  const seen = await seenIn(page)
  const cpuSec = (await rendererSec(visitor.context)) - before
  await page.close()
  return { sec: (seen.shown.interactive ?? 0) / 1_000, cpuSec, longestMs: longestTask(seen) }
}

/** Wait until the service worker has everything and serves pages. */
async function pagesKept(visitor: Visitor): Promise<void> {
  const page = await visitor.open()
  await page.evaluate('navigator.serviceWorker.ready.then(() => {})')
  await page.close()
}

/** Everything that a page and its worker ask for until something can be done, as the hospital gives it gzipped. */
async function firstBytes(bench: DappBench): Promise<Figure> {
  const { hospital } = await bench.ward()
  // What the service worker fetches besides is for later visits, and comes after.
  await using visitor = await bench.visitor({ hasServiceWorkers: false })
  const asked: string[] = []
  let brotli = 0
  const settled: Promise<void>[] = []
  visitor.context.on('requestfinished', (request) => {
    asked.push(request.url())
    settled.push(
      request.sizes().then(({ responseBodySize, responseHeadersSize }) => {
        brotli += responseBodySize + responseHeadersSize
      }),
    )
  })
  const page = await visitor.open()
  await page.evaluate('hygeiaSeen.interactive')
  await Promise.all(settled)
  const fetch = pinnedFetch(await hospital.ca())
  let bytes = 0
  for (const url of asked) {
    const headers = { 'accept-encoding': 'gzip', accept: 'text/html,*/*' }
    const response = await fetch(url, { method: 'GET', headers })
    if (!response.ok) throw new Error(`${url}: ${response.status}`)
    bytes += (await response.arrayBuffer()).byteLength
  }
  return {
    name: 'first load, gzipped',
    measured: bytes / 1_000,
    unit: 'kB',
    aim: { atMost: BUDGET_BYTES / 1_000 },
    note: `${asked.length} answers; ${(brotli / 1_000).toFixed(1)} kB with headers as Chromium takes them (Brotli)`,
  }
}
