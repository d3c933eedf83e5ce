import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { until } from '@hygeia/test/until'

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

/** Mosquitto as Debian ships it, which syncs nothing; undefined when it is not installed. */
export async function mosquitto(options: BrokerOptions): Promise<BareBroker | undefined> {
  const { dir, keyFile, certFile } = options
  const port = await freePort()
  const configFile = join(dir, 'mosquitto.conf')
  const lines = [
    `listener ${port} 127.0.0.1`,
    `keyfile ${keyFile}`,
    `certfile ${certFile}`,
    'allow_anonymous true',
    'max_inflight_messages 0',
    // Started by root it would give that up, and could not read the key.
    `user ${process.getuid?.() === 0 ? 'root' : 'mosquitto'}`,
  ]
  await writeFile(configFile, `${lines.join('\n')}\n`)
  for (const file of ['mosquitto', '/usr/sbin/mosquitto']) {
    const child = spawn(file, ['-c', configFile], { stdio: 'ignore' })
    try {
      await Promise.race([
        once(child, 'spawn'),
        once(child, 'error').then(([cause]) => Promise.reject(cause)),
      ])
    } catch {
      continue
    }
    await Promise.race([until('mosquitto listens', () => answers(port)), failed(child)])
    return brokerAt(port, child)
  }
  return undefined
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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } finally {
    socket.destroy()
  }
}
