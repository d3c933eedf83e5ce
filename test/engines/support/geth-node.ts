import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { cliqueGenesis } from '@hygeia/contracts/genesis/clique'
import { GethChain } from '@hygeia/daemon/chain/geth/engine'
import { enodeOf } from '@hygeia/daemon/chain/geth/enode'
import { gethFolder } from '@hygeia/daemon/chain/geth/folder'
import { keepNodeKey } from '@hygeia/daemon/chain/geth/prepare'
import { FinalPin } from '@hygeia/daemon/chain/rpc/pin'
import { findEngine } from '@hygeia/daemon/engines/engines'
import { systemClock } from '@hygeia/runtime/clock'
import { Wallet } from 'ethers'
import { pino } from 'pino'
import { steadyPorts } from '../../support/ports.ts'

/** Keys of nobody. */
export const keyOf = (name: string) => Uint8Array.from(createHash('sha256').update(name).digest())
export const walletOf = (name: string) => new Wallet(`0x${Buffer.from(keyOf(name)).toString('hex')}`)

export const RICH = walletOf('rich')

/** A chain that these seal, with one account that has money. */
export function genesisOf(signers: readonly string[], { epoch = 30_000 } = {}): unknown {
  return cliqueGenesis({
    chainId: 777_001,
    signers: signers.map((name) => walletOf(name).address),
    periodSec: 1,
    epoch,
    gasLimit: 4_700_000,
    alloc: { [RICH.address.toLowerCase()]: 10n ** 24n },
  })
}

export interface NodeOptions {
  readonly dir: string
  readonly genesis: unknown
  /** Whose key it seals with: by name, or itself. */
  readonly validator: string | Uint8Array
}

/** One hospital's geth, as the daemon runs it. */
export class GethNode {
  readonly enode: string
  readonly #options: NodeOptions
  readonly #port: number
  #chain: GethChain | undefined
  readonly logged: string[] = []
  readonly faults: unknown[] = []

  private constructor(options: NodeOptions, port: number, nodeKey: Uint8Array) {
    this.#options = options
    this.#port = port
    this.enode = enodeOf(nodeKey, { host: '127.0.0.1', port })
  }

  static async make(options: NodeOptions): Promise<GethNode> {
    const { rpc: port } = await steadyPorts()
    return new GethNode(options, port, await keepNodeKey(gethFolder(options.dir)))
  }

  async start(peers: readonly GethNode[] = []): Promise<GethChain> {
    const { dir, genesis, validator } = this.#options
    const log = pino({ level: 'debug' }, { write: (line) => this.logged.push(line) })
    this.#chain = new GethChain(
      {
        binary: await findEngine('geth', process.env),
        dir,
        genesis,
        validatorKey: typeof validator === 'string' ? keyOf(validator) : validator,
        gasLimit: 4_700_000,
        cacheMb: 64,
        p2p: { host: '127.0.0.1', port: this.#port },
        peers: peers.filter((it) => it !== this).map(({ enode }) => enode),
        rpc: { host: '127.0.0.1', port: 0 },
      },
      {
        pin: new FinalPin({ path: join(dir, 'final-block.json') }),
        clock: systemClock,
        log,
        onFault: (cause) => this.faults.push(cause),
      },
    )
    await this.#chain.start()
    return this.#chain
  }

  get chain(): GethChain {
    if (this.#chain === undefined) throw new Error('not started')
    return this.#chain
  }

  get pid(): number {
    const { pid } = this.chain
    if (pid === undefined) throw new Error('geth does not run')
    return pid
  }

  async stop(): Promise<void> {
    await this.#chain?.stop()
  }
}
