import { runLoads } from '../../load/load.ts'
import type { LoadPlan, LoadResult, Pace } from '../../load/plan.ts'
import { step } from '../../report/step.ts'
import { scrape } from '../../ward/scrape.ts'
import type { ConsortiumBench } from '../context.ts'
import { cpuByProgram, PROGRAMS, processesOf } from './processes.ts'
import { HOSPITALS, type Member, type Trio } from './trio.ts'

const DEVICES_EACH = 20
/** Of the load, until it is steady: two blocks, and what stands behind them. */
const WARM_UP_MS = 15_000
const CAUGHT_UP_LIMIT_MS = 180_000

export interface TrioLoad {
  /** What is wanted of all hospitals together. */
  readonly pace: Pace
  readonly measureMs: number
  readonly label: string
}

export interface TrioResult {
  readonly load: LoadResult
  /** Batches a second, in the counted time, whose receipts their devices verified. */
  readonly perSecond: number
  /** From the last receipt until each hospital held what the others had anchored. */
  readonly behindMs: number
  /** Where the processors went in the counted time. */
  readonly remark: string
}

/** Have every hospital's devices send at once; wait afterwards until each hospital holds everything. */
export async function loaded(
  bench: ConsortiumBench,
  trio: Trio,
  { pace, measureMs, label }: TrioLoad,
): Promise<TrioResult> {
  const { signal } = bench
  const devices = await step('enrolling devices', (tell) => trio.enrolled(DEVICES_EACH, tell))
  const processes = await processesOf(trio)
  const plans = trio.members.map(({ target }, index): LoadPlan => {
    return {
      door: 'mqtt',
      target,
      isBare: false,
      devices: (devices[index] ?? []).map(({ key, labelKeys }) => ({ key, labelKeys })),
      pace: partOf(pace, index),
      warmUpMs: WARM_UP_MS,
      measureMs,
    }
  })
  const looks: Promise<{ at: number; cpu: Awaited<ReturnType<typeof cpuByProgram>> }>[] = []
  const onWindow = () => {
    looks.push(cpuByProgram(processes).then((cpu) => ({ at: performance.now(), cpu })))
  }
  const load = await step(label, (tell) => runLoads(plans, { signal, tell, onWindow }))
  const endedAt = performance.now()
  await step('until every hospital holds everything', (tell) => caughtUp(trio, tell, signal))
  const behindMs = performance.now() - endedAt
  const { window } = load
  const [before, after] = await Promise.all(looks)
  if (before === undefined || after === undefined) throw new Error('the load had no edges')
  const seconds = (after.at - before.at) / 1_000
  const percent = (cpu: number) => `${Math.round((100 * cpu) / seconds)} %`
  const shares = PROGRAMS.map((program) => `${program} ${percent(after.cpu[program] - before.cpu[program])}`)
  return {
    load,
    perSecond: (window.receipted / window.ms) * 1_000,
    behindMs,
    remark: `CPU in shares of a core, all hospitals together: ${shares.join(', ')}; generators ${percent(load.cpuSec)}`,
  }
}

function partOf(pace: Pace, index: number): Pace {
  if (pace.kind === 'paced') {
    return { ...pace, perSecond: pace.perSecond / HOSPITALS, share: index / HOSPITALS }
  }
  return { ...pace, sealed: Math.ceil(pace.sealed / HOSPITALS) }
}

/** Resolves when nobody has anything to fetch, up to the newest final block. */
async function caughtUp({ members }: Trio, tell: (how: string) => void, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + CAUGHT_UP_LIMIT_MS
  for (;;) {
    signal.throwIfAborted()
    const behind = await Promise.all(members.map(behindOf))
    if (behind.every((blocks) => blocks === 0)) return
    tell(`${behind.join(', ')} blocks behind`)
    if (performance.now() > deadline) throw new Error(`still ${behind.join(', ')} blocks behind`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

const LOOK_MS = 200

async function behindOf({ hospital, ca }: Member): Promise<number> {
  const metrics = await scrape(hospital.endpoints.api, ca)
  const lag = metrics.get('hygeia_replication_lag_blocks')
  if (lag === undefined) throw new Error('a hospital that replicates nothing')
  return lag
}
