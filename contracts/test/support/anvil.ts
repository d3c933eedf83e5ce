import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const ANVIL = fileURLToPath(import.meta.resolve('@foundry-rs/anvil/bin.mjs'))

export interface Anvil {
  readonly url: string
  stop(): Promise<void>
}

/** Start an EVM of its own with the rules of London, on a free port. @throws {Error} when it ends at once */
export async function startAnvil(options: {
  readonly chainId: number
  readonly gasLimit: number
}): Promise<Anvil> {
  const { chainId, gasLimit } = options
  const args = [
    '--port',
    '0',
    '--hardfork',
    'london',
    '--chain-id',
    `${chainId}`,
    '--gas-limit',
    `${gasLimit}`,
  ]
  const child = spawn(process.execPath, [ANVIL, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exit = once(child, 'exit')
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const address = /^Listening on (.+)$/.exec(line)?.[1]
      if (address !== undefined) resolve(`http://${address}`)
    })
    exit.then(() => reject(new Error('anvil ended before it listened')), reject)
  })
  const stop = async () => {
    child.kill('SIGTERM')
    await exit
  }
  return { url, stop }
}
