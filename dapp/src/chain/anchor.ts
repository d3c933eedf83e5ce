import { abi } from '@hygeia/contracts/anchor'
import { type Address, addressOf, type Hex32, parseHex32 } from '@hygeia/protocol/ids'
import type { Provider, TransactionReceipt } from 'ethers'
import { ContractReader } from './contract.ts'

/** What a root stands for: batches, or audit entries. */
export const ANCHOR_KINDS = ['batches', 'audit'] as const
export type AnchorKind = (typeof ANCHOR_KINDS)[number]

/** What one hospital recorded of a root. */
export interface AnchorRecord {
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

  /** @returns undefined when `hospital` did not anchor `root`, whoever else did */
  async of(kind: AnchorKind, root: Hex32, hospital: Address): Promise<AnchorRecord | undefined> {
    const result = await this.#contract.call('anchorBy', [ANCHOR_KINDS.indexOf(kind), root, hospital])
    const count = Number(result[1])
    if (count === 0) return undefined
    return { blockNumber: Number(result[0]), count, manifest: parseHex32(String(result[2])) }
  }

  /** Whether a transaction succeeded and announced that `hospital` anchored `root`. */
  isAnnounced(
    { kind, root, hospital }: { kind: AnchorKind; root: Hex32; hospital: Address },
    { status, logs }: TransactionReceipt,
  ): boolean {
    if (status !== 1) return false
    return logs.some((log) => {
      if (addressOf(log.address) !== this.#contract.address) return false
      const event = this.#contract.interface.parseLog(log)
      return (
        event?.name === 'Anchored' &&
        event.args.getValue('root') === root &&
        addressOf(String(event.args.getValue('hospital'))) === hospital &&
        Number(event.args.getValue('kind')) === ANCHOR_KINDS.indexOf(kind)
      )
    })
  }
}
