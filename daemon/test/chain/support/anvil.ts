import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { rpc } from './rpc-client.ts'

/** Foundry's anvil, an EVM by other people in another language, mining only when it is told to. */
export class Anvil {
  readonly url: string
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, url: string) {
    this.#child = child
    this.url = url
  }

  static async start(genesis: { config: { chainId: number } }, { dir }: { dir: string }): Promise<Anvil> {
    const file = join(dir, 'anvil-genesis.json')
    writeFileSync(file, JSON.stringify(genesis))
    const child = spawn(
      'anvil',
      [
        ...['--hardfork', 'london', '--init', file, '--chain-id', String(genesis.config.chainId)],
        ...['--host', '127.0.0.1', '--port', '0', '--no-mining', '--order', 'fifo', '--accounts', '0'],
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code) => reject(new Error(`anvil ended with ${code}`)))
      createInterface({ input: child.stdout }).on('line', (line) => {
        const address = /Listening on (\S+)/.exec(line)?.[1]
        if (address !== undefined) resolve(new Anvil(child, `http://${address}`))
      })
    })
  }

  /** @throws {Error} with anvil's words when it refuses */
  async ask(method: string, ...params: unknown[]): Promise<unknown> {
    const { result, error } = await rpc(this.url, method, ...params)
    if (error !== undefined) throw new Error(`anvil ${method}: ${error.message}`)
    return result
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit')
    this.#child.kill()
    await exited
  }
}
