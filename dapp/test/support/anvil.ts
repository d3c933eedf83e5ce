import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'

const ANVIL = fileURLToPath(import.meta.resolve('@foundry-rs/anvil/bin.mjs'))
const Answer = z.looseObject({
  result: z.unknown(),
  error: z.looseObject({ message: z.string() }).optional(),
})

/** A real EVM with the rules of London, that mines each transaction at once. */
export interface Anvil {
  readonly url: string
  /** @throws {Error} with the node's words */
  ask(method: string, ...params: unknown[]): Promise<unknown>
  stop(): Promise<void>
}

export async function startAnvil(chainId: number): Promise<Anvil> {
  const args = ['--port', '0', '--hardfork', 'london', '--chain-id', `${chainId}`]
  const child = spawn(process.execPath, [ANVIL, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exit = once(child, 'exit')
  // A test that throws half-way leaves nothing running.
  const end = () => child.kill('SIGTERM')
  process.once('exit', end)
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const address = /^Listening on (.+)$/.exec(line)?.[1]
      if (address !== undefined) resolve(`http://${address}`)
    })
    exit.then(() => reject(new Error('anvil ended before it listened')), reject)
  })
  return {
    url,
    async ask(method, ...params) {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
      const response = await fetch(url, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json' },
      })
      const { result, error } = Answer.parse(await response.json())
      if (error !== undefined) throw new Error(`${method}: ${error.message}`)
      return result
    },
    async stop() {
      process.off('exit', end)
      end()
      await exit
    },
  }
}
