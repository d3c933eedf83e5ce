import { abi } from '@hygeia/contracts/anchor'
import { type Address, addressOf, type Hex32, parseHex32 } from '@hygeia/protocol/ids'
import type { Provider, TransactionReceipt } from 'ethers'
import { addressIn, ContractReader, ZERO_ADDRESS } from './contract.ts'

/** What a root stands for: batches, or audit entries. */
export const ANCHOR_KINDS = ['batches', 'audit'] as const
export type AnchorKind = (typeof ANCHOR_KINDS)[number]

export interface AnchorRecord {
  readonly hospital: Address
  readonly blockNumber: number
  readonly count: number
  readonly manifest: Hex32
}

/** Roots that hospitals anchored, as the chain has them. @see contracts/src/interfaces/IAnchor.sol */
export class Anchor {
  readonly #contract: ContractReader

  constructor(provider: Provider, address: Address) {
    this.#contract = new ContractReader(provider, address, abi)
  }

  /** @returns undefined when `root` is not anchored */
  async of(kind: AnchorKind, root: Hex32): Promise<AnchorRecord | undefined> {
    const result = await this.#contract.call('anchorOf', [ANCHOR_KINDS.indexOf(kind), root])
    const hospital = addressIn(result, 0)
    if (hospital === ZERO_ADDRESS) return undefined
    return {
      hospital,
      blockNumber: Number(result[1]),
      count: Number(result[2]),
      manifest: parseHex32(String(result[3])),
    }
  }

  /** Whether a transaction succeeded and announced `root`. */
  isAnnounced(kind: AnchorKind, root: Hex32, { status, logs }: TransactionReceipt): boolean {
    if (status !== 1) return false
    return logs.some((log) => {
      if (addressOf(log.address) !== this.#contract.address) return false
      const event = this.#contract.interface.parseLog(log)
      return (
        event?.name === 'Anchored' &&
        event.args.getValue('root') === root &&
        Number(event.args.getValue('kind')) === ANCHOR_KINDS.indexOf(kind)
      )
    })
  }
}
