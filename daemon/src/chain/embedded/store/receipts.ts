import { RLP } from '@ethereumjs/rlp'
import { bigEndian, unpadded } from './header.ts'

export interface StoredLog {
  readonly address: Uint8Array
  readonly topics: readonly Uint8Array[]
  readonly data: Uint8Array
}

/** What the chain keeps of one executed transaction besides the transaction itself. Blooms are computed when asked for. */
export interface StoredReceipt {
  /** EIP-2718 type: 0, 1 or 2. */
  readonly type: number
  readonly isSuccess: boolean
  readonly cumulativeGasUsed: bigint
  readonly gasUsed: bigint
  /** Wei per gas that the sender paid, tip included. */
  readonly effectiveGasPrice: bigint
  readonly from: Uint8Array
  /** Address of the contract that the transaction created. */
  readonly created: Uint8Array | undefined
  readonly logs: readonly StoredLog[]
}

const NONE = new Uint8Array(0)

/** The receipts of one block, in order, as one RLP list. */
export function encodeReceipts(receipts: readonly StoredReceipt[]): Uint8Array {
  return RLP.encode(
    receipts.map((receipt) => [
      unpadded(BigInt(receipt.type)),
      receipt.isSuccess ? Uint8Array.of(1) : NONE,
      unpadded(receipt.cumulativeGasUsed),
      unpadded(receipt.gasUsed),
      unpadded(receipt.effectiveGasPrice),
      receipt.from,
      receipt.created ?? NONE,
      receipt.logs.map((log) => [log.address, [...log.topics], log.data]),
    ]),
  )
}

/** @throws {Error} when the bytes are not what `encodeReceipts` made: the database is damaged */
export function decodeReceipts(bytes: Uint8Array): StoredReceipt[] {
  return list(RLP.decode(bytes)).map((entry) => {
    const fields = list(entry)
    const created = leaf(fields[6])
    return {
      type: Number(bigEndian(leaf(fields[0]))),
      isSuccess: leaf(fields[1]).length === 1,
      cumulativeGasUsed: bigEndian(leaf(fields[2])),
      gasUsed: bigEndian(leaf(fields[3])),
      effectiveGasPrice: bigEndian(leaf(fields[4])),
      from: leaf(fields[5]),
      created: created.length === 0 ? undefined : created,
      logs: list(fields[7]).map((item) => {
        const log = list(item)
        return { address: leaf(log[0]), topics: list(log[1]).map(leaf), data: leaf(log[2]) }
      }),
    }
  })
}

function list(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new Error('stored receipts are damaged')
  return value
}

function leaf(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new Error('stored receipts are damaged')
  return value
}
