import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdir, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { hexlify, Wallet } from 'ethers'
import { z } from 'zod'
import { until } from '../../support/until.ts'

const Answer = z.looseObject({
  result: z.unknown(),
  error: z.looseObject({ message: z.string() }).optional(),
})

/** geth from PATH, or where `make engines` keeps it; undefined when there is none. */
export async function findGeth(): Promise<string | undefined> {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
  const folders = [...(process.env.PATH ?? '').split(delimiter), join(cache, 'hygeia/engines/geth-1.13.15')]
  for (const folder of folders) {
    const file = join(folder, 'geth')
    const isThere = await access(file).then(
      () => true,
      () => false,
    )
    if (isThere) return file
  }
  return undefined
}

export interface SealingGethOptions {
  readonly geth: string
  /** Of its own. */
  readonly dir: string
  readonly genesis: { readonly config: { readonly chainId: number } }
  /** 32 bytes. */
  readonly signerKey: Uint8Array
  /** Free ones. */
  readonly ports: { readonly rpc: number; readonly p2p: number }
}

/** One signer of a Clique chain: a geth with its RPC wide open, as only a test may have it. */
export class SealingGeth {
  readonly url: string
  readonly #child: ReturnType<typeof spawn>

  private constructor(child: ReturnType<typeof spawn>, url: string) {
    this.#child = child
    this.url = url
  }

  static async start({ geth, dir, genesis, signerKey, ports }: SealingGethOptions): Promise<SealingGeth> {
    await mkdir(dir, { recursive: true })
    const [file, key, password] = [join(dir, 'genesis.json'), join(dir, 'signer'), join(dir, 'password')]
    await writeFile(file, JSON.stringify(genesis))
    await writeFile(key, hexlify(signerKey).slice(2))
    await writeFile(password, 'nobody\n')
    run(geth, ['--datadir', dir, 'init', file])
    run(geth, ['--datadir', dir, '--lightkdf', 'account', 'import', '--password', password, key])
    const { address } = new Wallet(hexlify(signerKey))
    const args = [
      ...['--datadir', dir, '--networkid', `${genesis.config.chainId}`, '--nodiscover', '--nat', 'none'],
      ...[
        '--port',
        `${ports.p2p}`,
        '--ipcdisable',
        '--authrpc.port',
        '0',
        '--syncmode',
        'full',
        '--gcmode',
        'archive',
      ],
      ...['--http', '--http.port', `${ports.rpc}`, '--http.api', 'eth,clique,admin', '--verbosity', '1'],
      ...['--mine', '--miner.etherbase', address, '--miner.gasprice', '1'],
      ...['--unlock', address, '--password', password, '--allow-insecure-unlock'],
    ]
    const child = spawn(geth, args, { stdio: ['ignore', 'ignore', 'inherit'] })
    const node = new SealingGeth(child, `http://127.0.0.1:${ports.rpc}`)
    process.once('exit', () => child.kill('SIGKILL'))
    await until('geth answers', () => node.ask('eth_chainId').catch(() => undefined), 30_000)
    return node
  }

  /** @throws {Error} with geth's words */
  async ask(method: string, ...params: readonly unknown[]): Promise<unknown> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(this.url, { method: 'POST', body, headers })
    const { result, error } = Answer.parse(await response.json())
    if (error !== undefined) throw new Error(`${method}: ${error.message}`)
    return result
  }

  async blockNumber(): Promise<number> {
    return Number(await this.ask('eth_blockNumber'))
  }

  async befriend(other: SealingGeth): Promise<void> {
    const { enode } = z.looseObject({ enode: z.string() }).parse(await other.ask('admin_nodeInfo'))
    await this.ask('admin_addPeer', enode)
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exited
  }
}

function run(file: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(file, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`)
}
