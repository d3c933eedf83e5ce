import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { LoadEvent, LoadPlan, LoadResult } from './plan.ts'

const GENERATOR = fileURLToPath(new URL('generator.ts', import.meta.url))

export interface LoadWatch {
  readonly signal: AbortSignal
  readonly tell: (how: string) => void
  /** The counted time begins, or ends. */
  readonly onWindow?: (edge: 'begin' | 'end') => void
}

/** Run a load in a process of its own, so that it shares no event loop with anything measured. */
export async function runLoad(plan: LoadPlan, { signal, tell, onWindow }: LoadWatch): Promise<LoadResult> {
  signal.throwIfAborted()
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
        else if (event.kind === 'window') onWindow?.(event.edge)
        else tell(howFar(event))
      })
      child.send(plan)
    })
  } finally {
    signal.removeEventListener('abort', onAbort)
    child.kill('SIGKILL')
  }
}

function howFar(event: Extract<LoadEvent, { kind: 'sealing' | 'progress' }>): string {
  if (event.kind === 'sealing') return `${event.sealed} sealed`
  return `${event.sent} sent, ${event.answered} answered, ${event.receipted} with receipts`
}
