import type { Common } from '@ethereumjs/common'
import { createTxFromRLP, type TypedTransaction } from '@ethereumjs/tx'
import { RpcError } from '../../errors.ts'

/** geth's limit on one transaction's encoding. */
const MAX_TX_BYTES = 128 * 1024
const MAX_NONCE = 2n ** 64n - 1n
const LEGACY = 0
const FEE_MARKET = 2

/** A transaction waiting for a block, with what ordering and admission ask of it again and again. */
export interface PooledTx {
  readonly tx: TypedTransaction
  /** What was sent: the EIP-2718 envelope or a legacy RLP list. */
  readonly raw: Uint8Array
  /** `0x` and 64 lower-case hex digits. */
  readonly hash: string
  /** `0x` and 40 lower-case hex digits. */
  readonly sender: string
  readonly nonce: bigint
  readonly gasLimit: bigint
  /** Wei per gas at most, base fee included. */
  readonly maxFee: bigint
  /** Wei per gas for the sealer at most. */
  readonly maxTip: bigint
  /** Wei that the sender must have: all gas at `maxFee`, and the value. */
  readonly cost: bigint
  /** Arrival, counted up: among equal tips the first comes first. */
  readonly order: number
}

/** What a sealer earns per gas; negative when the base fee is not covered. */
export function tipAt(tx: PooledTx, baseFee: bigint): bigint {
  const room = tx.maxFee - baseFee
  return room < tx.maxTip ? room : tx.maxTip
}

/**
 * Decode a raw transaction and check all that can be checked without the state.
 *
 * @throws {RpcError} in geth's words
 */
export function readTransaction(
  raw: Uint8Array,
  { common, blockGasLimit, order }: { common: Common; blockGasLimit: bigint; order: number },
): PooledTx {
  if (raw.length > MAX_TX_BYTES) {
    throw refused(`oversized data: transaction size ${raw.length}, limit ${MAX_TX_BYTES}`)
  }
  const first = raw[0]
  if (first === undefined) throw refused('typed transaction too short')
  if (first > FEE_MARKET && first <= 0x7f) throw refused('transaction type not supported')
  const tx = decode(raw, common)
  if (tx.type === LEGACY && (tx.v === 27n || tx.v === 28n)) {
    throw refused('only replay-protected (EIP-155) transactions allowed over RPC')
  }
  const maxFee = 'maxFeePerGas' in tx ? tx.maxFeePerGas : tx.gasPrice
  const maxTip = 'maxPriorityFeePerGas' in tx ? tx.maxPriorityFeePerGas : maxFee
  if (tx.gasLimit > blockGasLimit) throw refused('exceeds block gas limit')
  if (tx.nonce >= MAX_NONCE) throw refused('nonce has max value')
  const intrinsic = tx.getIntrinsicGas()
  if (tx.gasLimit < intrinsic) {
    throw refused(`intrinsic gas too low: gas ${tx.gasLimit}, minimum needed ${intrinsic}`)
  }
  return {
    tx,
    raw,
    hash: `0x${Buffer.from(tx.hash()).toString('hex')}`,
    sender: senderOf(tx),
    nonce: tx.nonce,
    gasLimit: tx.gasLimit,
    maxFee,
    maxTip,
    cost: tx.gasLimit * maxFee + tx.value,
    order,
  }
}

export function refused(message: string): RpcError {
  return new RpcError(message, { code: -32000 })
}

function decode(raw: Uint8Array, common: Common) {
  try {
    const tx = createTxFromRLP(raw, { common })
    if (tx.type > FEE_MARKET || !('gasPrice' in tx || 'maxFeePerGas' in tx)) {
      throw new Error('transaction type not supported')
    }
    return tx
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    if (/chain ?id/i.test(reason)) throw refused(`invalid chain id for signer: want ${common.chainId()}`)
    if (/less than maxPriorityFeePerGas/.test(reason))
      throw refused('max priority fee per gas higher than max fee per gas')
    if (/invalid signature/i.test(reason)) throw refused('invalid sender')
    throw refused(`rlp: not a transaction: ${reason}`)
  }
}

/** Low s only, as geth and EIP-2 ask. */
function senderOf(tx: TypedTransaction): string {
  try {
    return tx.getSenderAddress().toString()
  } catch {
    throw refused('invalid sender')
  }
}
