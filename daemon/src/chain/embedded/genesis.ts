import { createBlock } from '@ethereumjs/block'
import {
  type Common,
  createCommonFromGethGenesis,
  type GethGenesis,
  parseGethGenesisState,
} from '@ethereumjs/common'
import { z } from 'zod'
import { ChainError } from '../errors.ts'
import type { ChainCrypto } from './crypto.ts'
import { SEAL_BYTES, VANITY_BYTES } from './sealer/clique.ts'
import { World } from './state/world.ts'
import type { NewBlock } from './store/chain.ts'
import { parseHeader } from './store/header.ts'

const block0 = z.literal(0)
const hexText = z.string().regex(/^0x[0-9a-fA-F]*$/)

/** The part of geth's genesis JSON that decides whether this engine can run it. Later forks than London cannot. */
const Genesis = z.looseObject({
  config: z.looseObject({
    chainId: z.int().min(1),
    londonBlock: block0,
    berlinBlock: block0,
    clique: z.object({ period: z.int().min(1).max(3_600), epoch: z.int().min(1) }),
    arrowGlacierBlock: z.undefined().optional(),
    mergeNetsplitBlock: z.undefined().optional(),
    shanghaiTime: z.undefined().optional(),
    cancunTime: z.undefined().optional(),
    terminalTotalDifficulty: z.undefined().optional(),
  }),
  timestamp: z.string(),
  nonce: z.string().default('0x0'),
  difficulty: z.literal(['0x1', '0x01']).default('0x1'),
  gasLimit: hexText,
  extraData: hexText,
  alloc: z.record(z.string(), z.looseObject({ balance: z.string() })),
})

/** One chain's unchanging facts. */
export interface ChainSpec {
  readonly genesis: GethGenesis
  readonly chainId: number
  readonly periodSec: number
  /** Every this many blocks a header repeats the signers. */
  readonly epoch: number
  readonly gasLimit: bigint
  /** 20 bytes each, in the order of the genesis. */
  readonly signers: readonly Uint8Array[]
  /**
   * The same rules without Clique, for the EVM: with Clique the libraries take the beneficiary of a block from its seal,
   * which does not exist yet while the block is being executed. The sealer's address goes into `coinbase` instead.
   */
  readonly execution: Common
}

/** @throws {ChainError} `GENESIS_UNUSABLE`, naming every field at fault */
export function readGenesis(value: unknown, crypto: ChainCrypto): ChainSpec {
  const parsed = Genesis.safeParse(value)
  if (!parsed.success) {
    throw unusable(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
  }
  const { config, extraData, gasLimit } = parsed.data
  const extra = Buffer.from(extraData.slice(2), 'hex')
  const signerBytes = extra.length - VANITY_BYTES - SEAL_BYTES
  if (signerBytes < 20 || signerBytes % 20 !== 0) throw unusable('extraData: no list of signers')
  const genesis: GethGenesis = { ...(value as GethGenesis), nonce: parsed.data.nonce, difficulty: '0x1' }
  const { clique: _, ...withoutClique } = genesis.config
  return {
    genesis,
    chainId: config.chainId,
    periodSec: config.clique.period,
    epoch: config.clique.epoch,
    gasLimit: BigInt(gasLimit),
    signers: Array.from({ length: signerBytes / 20 }, (_, index) =>
      Uint8Array.from(extra.subarray(VANITY_BYTES + index * 20, VANITY_BYTES + (index + 1) * 20)),
    ),
    execution: createCommonFromGethGenesis(
      { ...genesis, config: withoutClique },
      { hardfork: 'london', customCrypto: crypto.custom },
    ),
  }
}

/** Block 0 with the state that the genesis allots; the same hash as geth's `init` gives. */
export async function genesisBlock(spec: ChainSpec, crypto: ChainCrypto): Promise<NewBlock> {
  const world = await World.empty(spec.execution)
  await world.state.generateCanonicalGenesis(parseGethGenesisState(spec.genesis))
  const stateRoot = await world.state.getStateRoot()
  const clique = createCommonFromGethGenesis(spec.genesis, {
    hardfork: 'london',
    customCrypto: crypto.custom,
  })
  const { header } = createBlock(
    { header: { ...clique.genesis(), number: 0, stateRoot } },
    { common: clique },
  )
  return {
    header: parseHeader(header.serialize(), crypto.keccak256),
    txs: [],
    receipts: [],
    nodes: world.takeNodes(stateRoot),
  }
}

function unusable(problem: string): ChainError {
  return new ChainError(`the genesis cannot be run by the embedded engine: ${problem}`, {
    code: 'GENESIS_UNUSABLE',
    problem,
  })
}
