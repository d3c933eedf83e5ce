import { join } from 'node:path'
import { parseHex32 } from '@hygeia/protocol/ids'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import { ClassicLevel } from 'classic-level'
import { caughtUp } from '../chain/caught-up.ts'
import { consensusOf } from '../chain/consensus.ts'
import type { ChainEngine } from '../chain/engine.ts'
import { Validators } from '../chain/validators.ts'
import { type Contracts, ensureContracts, findContracts } from '../deployment/deployment.ts'
import { readGenesis } from '../init/genesis.ts'
import { type AccountKey, addressesOf } from '../init/keys.ts'
import { type JournaledTransaction, TransactionJournal } from '../transactor/journal.ts'
import { Transactor, type TransactorOptions } from '../transactor/transactor.ts'
import type { Context } from './context.ts'
import { createEngine } from './engine.ts'

export interface ChainParts {
  readonly engine: ChainEngine
  readonly validators: Validators
  readonly operator: Transactor
  readonly anchor: Transactor
  readonly relay: Transactor
  readonly contracts: Contracts
  readonly realm: Realm
}

const GWEI = 1_000_000_000n
const STUCK_BLOCKS = 3
/** Of a block, at most, for what is relayed: anchors always find room. */
const RELAY_SHARE = 0.8

/** The chain, the hospital's accounts on it, and its contracts. */
export async function startChain(context: Context): Promise<ChainParts> {
  const { config, keys, stack, clock, log } = context
  const genesis = await readGenesis(config.keysDir)
  const engine = await stack.add(await createEngine(context, genesis))
  const account = (name: AccountKey, options: Omit<TransactorOptions, 'stuckBlocks'>) => {
    const path = join(config.dataDir, 'transactions', name)
    const journal = new TransactionJournal(
      new ClassicLevel<string, JournaledTransaction>(path, { valueEncoding: 'json' }),
    )
    return stack.add(
      new Transactor(
        { ...options, stuckBlocks: STUCK_BLOCKS },
        {
          engine,
          journal,
          key: keys.accounts[name].key,
          log: log.child({ part: 'transactor', account: name }),
        },
      ),
    )
  }
  const operator = await account('operator', { tipWei: GWEI, gasInFlight: genesis.gasLimit })
  const joined = config.consortium.directory
  if (joined !== undefined) await caughtUp(engine, { clock, log: log.child({ part: 'chain' }) })
  const contracts =
    joined === undefined
      ? await ensureContracts({
          engine,
          operator,
          hospital: addressesOf(keys),
          log: log.child({ part: 'deployment' }),
        })
      : await findContracts(engine, joined)
  // Anchors outbid relays.
  const anchor = await account('anchor', { tipWei: 3n * GWEI, gasInFlight: genesis.gasLimit })
  const relay = await account('relay', {
    tipWei: GWEI,
    gasInFlight: Math.floor(genesis.gasLimit * RELAY_SHARE),
  })
  const { chainId, genesisHash } = engine.info
  const realm = { chainId, directory: contracts.directory, genesis: parseHex32(genesisHash) }
  const validators = new Validators({ engine, kind: consensusOf(genesis.json).kind })
  return { engine, validators, operator, anchor, relay, contracts, realm }
}
