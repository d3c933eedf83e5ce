import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Some broker in a process of its own, over TLS, that lets everybody in. */
export interface BareBroker extends AsyncDisposable {
  readonly url: string
}

export interface BrokerOptions {
  /** Where it may write. */
  readonly dir: string
  readonly keyFile: string
  readonly certFile: string
}

/** aedes and nothing else, but for a sync of each message. */
export async function bareAedes({ dir, keyFile, certFile }: BrokerOptions): Promise<BareBroker> {
  const program = fileURLToPath(new URL('broker.ts', import.meta.url))
  const child = fork(program, [keyFile, certFile, join(dir, 'bare.journal')], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const [port] = await Promise.race([once(child, 'message'), failed(child)])
  return brokerAt(Number(port), child)
}

function brokerAt(port: number, child: ChildProcess): BareBroker {
  const onExit = () => child.kill('SIGKILL')
  process.once('exit', onExit)
  return {
    url: `mqtts://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      process.off('exit', onExit)
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}

async function failed(child: ChildProcess): Promise<never> {
  const [code] = await once(child, 'exit')
  throw new Error(`the broker ended with ${code}`)
}
