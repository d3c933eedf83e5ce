import { join } from 'node:path'
import { DaemonConfig } from '../../config/config.ts'
import { readEndpoints } from '../../endpoints.ts'
import { type EngineEnvironment, findEngine } from '../../engines/engines.ts'
import { readGenesis } from '../../init/genesis.ts'
import { readKeys } from '../../init/keys.ts'
import { consensusOf } from '../consensus.ts'
import { holdChain } from '../embedded/held.ts'
import { ChainError } from '../errors.ts'
import { HttpTransport } from '../json-rpc/http.ts'
import { type Blocks, blocksOf } from './blocks.ts'
import { exportChain } from './export.ts'
import { type MigrationDeps, migrateToGeth, retireEmbedded } from './to-geth.ts'

/** A hospital that is on another engine once its configuration is written. */
export interface Moved {
  readonly head: Blocks['head']
  readonly config: DaemonConfig
  /** Put the old chain aside, after the configuration was written. @returns where it is */
  retire(): Promise<string>
}

const embeddedDir = (config: DaemonConfig) => join(config.dataDir, 'chain')

/**
 * Write the hospital's chain to `path`, of the running daemon, or of the embedded engine while that is stopped.
 *
 * @throws {ChainError | RuntimeError} when there is none, or it cannot be read
 */
export async function writeChain(
  config: DaemonConfig,
  path: string,
): Promise<{ readonly head: Blocks['head']; readonly bytes: number }> {
  const blocks = await openBlocks(config)
  try {
    return { head: blocks.head, bytes: await exportChain(blocks, path) }
  } finally {
    await blocks.close()
  }
}

/**
 * Have geth take over the chain of a stopped hospital.
 *
 * @throws {ChainError} `CHAIN_LOCKED` while the daemon runs, and as `migrateToGeth`
 */
export async function migrate(
  config: DaemonConfig,
  env: EngineEnvironment,
  deps: MigrationDeps,
): Promise<Moved> {
  if (config.chain.engine !== 'embedded') {
    const dir = config.dataDir
    throw new ChainError(`this hospital is on the engine ${config.chain.engine} already`, {
      code: 'NO_CHAIN',
      dir,
    })
  }
  const binary = await findEngine('geth', env)
  const chain = DaemonConfig.shape.chain.parse({ engine: 'geth', rpc: config.chain.rpc })
  const { json, gasLimit } = await readGenesis(config.keysDir)
  const { accounts } = await readKeys(config.keysDir)
  const { chainId, periodSec } = consensusOf(json)
  const blocks = await hold(config)
  try {
    const head = await migrateToGeth(
      blocks,
      {
        binary,
        dir: join(config.dataDir, 'geth'),
        pin: join(config.dataDir, 'final-block.json'),
        genesis: json,
        validatorKey: accounts.validator.key,
        geth: {
          chainId,
          periodSec,
          validator: accounts.validator.signer.address,
          gasLimit,
          cacheMb: 256,
          // Nobody is to reach it before it was looked at.
          p2p: { host: '127.0.0.1', port: 0 },
          peers: [],
        },
      },
      deps,
    )
    return { head, config: { ...config, chain }, retire: () => retireEmbedded(embeddedDir(config)) }
  } finally {
    await blocks.close()
  }
}

async function openBlocks(config: DaemonConfig): Promise<Blocks> {
  if (config.chain.engine === 'embedded') {
    const held = await hold(config).catch((cause: unknown) => {
      if (cause instanceof ChainError && cause.code === 'CHAIN_LOCKED') return undefined
      throw cause
    })
    if (held !== undefined) return held
  }
  const { rpc } = await readEndpoints(config.dataDir)
  return await blocksOf(new HttpTransport({ url: rpc }))
}

async function hold(config: DaemonConfig): Promise<Blocks> {
  const { json: genesis } = await readGenesis(config.keysDir)
  const { accounts } = await readKeys(config.keysDir)
  return await holdChain({ dir: embeddedDir(config), genesis, signerKey: accounts.validator.key })
}
