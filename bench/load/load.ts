import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { LoadCounts, LoadEvent, LoadPlan, LoadResult, Pace } from './plan.ts'

const GENERATOR = fileURLToPath(new URL('generator.ts', import.meta.url))
/** One for each core: sealing beforehand takes all of both. */
const GENERATORS = 2

export interface LoadWatch {
  readonly signal: AbortSignal
  readonly tell: (how: string) => void
  /** The counted time begins, or ends. */
  readonly onWindow?: (edge: 'begin' | 'end') => void
}

/** Run a load in processes of its own, which share no event loop with anything measured. */
export async function runLoad(plan: LoadPlan, watch: LoadWatch): Promise<LoadResult> {
  return await runParts(partsOf(plan), watch)
}

/** Run a load on several hospitals at once, each from a process of its own: all begin and end together. */
export async function runLoads(plans: readonly LoadPlan[], watch: LoadWatch): Promise<LoadResult> {
  return await runParts(plans, watch)
}

async function runParts(
  parts: readonly LoadPlan[],
  { signal, tell, onWindow }: LoadWatch,
): Promise<LoadResult> {
  signal.throwIfAborted()
  const abort = new AbortController()
  const counts = parts.map((): LoadCounts => ({ sent: 0, answered: 0, receipted: 0 }))
  const sealed = parts.map(() => 0)
  let isReady = 0
  let isOver = 0
  const generators = parts.map((part, index) =>
    generate(part, AbortSignal.any([signal, abort.signal]), (event, child) => {
      switch (event.kind) {
        case 'sealing':
          sealed[index] = event.sealed
          tell(`${sum(sealed)} sealed`)
          break
        case 'ready':
          isReady++
          waiting.push(child)
          if (isReady === parts.length) for (const each of waiting) each.send('go')
          break
        case 'progress':
          counts[index] = event
          tell(howFar(counts))
          break
        case 'window':
          // All begin together; the end that counts is the first.
          if (event.edge === 'end') isOver++
          if (event.edge === 'begin' ? index === 0 : isOver === 1) onWindow?.(event.edge)
          break
      }
    }),
  )
  const waiting: ChildProcess[] = []
  try {
    return merged(await Promise.all(generators))
  } finally {
    abort.abort()
    await Promise.allSettled(generators)
  }
}

async function generate(
  plan: LoadPlan,
  signal: AbortSignal,
  onEvent: (event: LoadEvent, child: ChildProcess) => void,
): Promise<LoadResult> {
  const child = fork(GENERATOR, { serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const onAbort = () => child.kill('SIGKILL')
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await new Promise<LoadResult>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code, end) => {
        reject(signal.aborted ? signal.reason : new Error(`load generator ended with ${code ?? end}`))
      })
      child.on('message', (event: LoadEvent) => {
        if (event.kind === 'done') resolve(event.result)
        else onEvent(event, child)
      })
      child.send(plan)
    })
  } finally {
    signal.removeEventListener('abort', onAbort)
    child.kill('SIGKILL')
  }
}

/** The plan, shared out; fewer devices than generators leave the rest idle. */
function partsOf(plan: LoadPlan): readonly LoadPlan[] {
  const count = Math.min(GENERATORS, plan.devices.length)
  return Array.from({ length: count }, (_, part) => ({
    ...plan,
    devices: plan.devices.filter((_, index) => index % count === part),
    firstDevice: part,
    pace: shareOf(plan.pace, part, count),
  }))
}

function shareOf(pace: Pace, part: number, count: number): Pace {
  if (pace.kind === 'paced') return { ...pace, perSecond: pace.perSecond / count, share: part / count }
  return { ...pace, sealed: Math.ceil(pace.sealed / count) }
}

function merged(results: readonly LoadResult[]): LoadResult {
  const of = (pick: (result: LoadResult) => number) => results.map(pick)
  return {
    sent: sum(of(({ sent }) => sent)),
    answered: sum(of(({ answered }) => answered)),
    receipted: sum(of(({ receipted }) => receipted)),
    refused: sum(of(({ refused }) => refused)),
    busy: sum(of(({ busy }) => busy)),
    forged: sum(of(({ forged }) => forged)),
    window: {
      ms: Math.max(...of(({ window }) => window.ms)),
      answered: sum(of(({ window }) => window.answered)),
      receipted: sum(of(({ window }) => window.receipted)),
    },
    latenciesMs: results.flatMap(({ latenciesMs }) => latenciesMs),
    ackMs: results.flatMap(({ ackMs }) => ackMs),
    drainMs: Math.max(...of(({ drainMs }) => drainMs)),
    blockBytes: sum(of(({ blockBytes }) => blockBytes)),
    sealed: sum(of(({ sealed }) => sealed)),
    sealMs: Math.max(...of(({ sealMs }) => sealMs)),
    repeats: sum(of(({ repeats }) => repeats)),
    cpuSec: sum(of(({ cpuSec }) => cpuSec)),
    loopDelayMs: {
      p50: Math.max(...of(({ loopDelayMs }) => loopDelayMs.p50)),
      p99: Math.max(...of(({ loopDelayMs }) => loopDelayMs.p99)),
    },
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function howFar(counts: readonly LoadCounts[]): string {
  const of = (pick: (count: LoadCounts) => number) => sum(counts.map(pick))
  return `${of(({ sent }) => sent)} sent, ${of(({ answered }) => answered)} answered, ${of(({ receipted }) => receipted)} with receipts`
}
