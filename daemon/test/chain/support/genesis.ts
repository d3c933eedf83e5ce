import { computeAddress, hexlify, toBeHex, toQuantity, Wallet } from 'ethers'

/** Keys of nobody: the same byte 32 times. */
export function testKey(byte: number): Uint8Array {
  return new Uint8Array(32).fill(byte)
}

export const SIGNER_KEY = testKey(7)
export const SIGNER = computeAddress(hexlify(SIGNER_KEY))
/** Accounts with money. */
export const RICH_KEYS = Array.from({ length: 10 }, (_, index) => testKey(0x20 + index))
export const RICH = RICH_KEYS.map((key) => computeAddress(hexlify(key)))
const WEALTH_WEI = 10n ** 24n

export function richWallet(index: number): Wallet {
  return new Wallet(hexlify(RICH_KEYS[index] ?? testKey(0)))
}

export interface GenesisOptions {
  readonly periodSec?: number
  readonly epoch?: number
  readonly chainId?: number
  readonly gasLimit?: number
  readonly signers?: readonly string[]
  /** More accounts with money, beside the ten. */
  readonly funded?: readonly string[]
}

/** A genesis as geth's `init` takes it, of the shape that `contracts/genesis` makes. */
export function testGenesis(options: GenesisOptions = {}) {
  const { periodSec = 1, epoch = 30_000, chainId = 424_242, gasLimit = 4_700_000 } = options
  const { signers = [SIGNER], funded = [] } = options
  const forks = ['homestead', 'eip150', 'eip155', 'eip158', 'byzantium', 'constantinople', 'petersburg']
  const laterForks = ['istanbul', 'berlin', 'london']
  return {
    config: {
      chainId,
      ...Object.fromEntries([...forks, ...laterForks].map((fork) => [`${fork}Block`, 0])),
      clique: { period: periodSec, epoch },
    },
    nonce: '0x0',
    timestamp: '0x0',
    difficulty: '0x1',
    gasLimit: toQuantity(gasLimit),
    baseFeePerGas: toQuantity(1_000_000_000),
    mixHash: `0x${'00'.repeat(32)}`,
    coinbase: `0x${'00'.repeat(20)}`,
    extraData: `0x${'00'.repeat(32)}${signers.map((signer) => signer.slice(2).toLowerCase()).join('')}${'00'.repeat(65)}`,
    alloc: Object.fromEntries(
      [...RICH, ...funded].map((address) => [
        address.slice(2).toLowerCase(),
        { balance: toBeHex(WEALTH_WEI) },
      ]),
    ),
  }
}
