import { RLP } from '@ethereumjs/rlp'
import type { ChainCrypto } from '../crypto.ts'
import { type Header, parseHeader, unpadded } from '../store/header.ts'

/** Bytes of extraData before the signers, free for any use; zero here. @see EIP-225 */
export const VANITY_BYTES = 32
/** Bytes of extraData after the signers: r, s, recovery id. */
export const SEAL_BYTES = 65
/** A single signer is in turn at every height. */
export const DIFFICULTY_IN_TURN = 2n

/** keccak256 of RLP([]): a Clique block has no uncles. */
const NO_UNCLES = Uint8Array.from(
  Buffer.from('1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347', 'hex'),
)

export interface UnsealedHeader {
  readonly parentHash: Uint8Array
  readonly stateRoot: Uint8Array
  readonly transactionsRoot: Uint8Array
  readonly receiptsRoot: Uint8Array
  readonly logsBloom: Uint8Array
  readonly number: number
  readonly gasLimit: bigint
  readonly gasUsed: bigint
  /** Seconds since the Unix epoch. */
  readonly timestamp: number
  readonly baseFeePerGas: bigint
}

/**
 * Seal a block: no vote, in turn, the signers repeated at every epoch.
 *
 * @param signers - 20 bytes each, ascending
 * @throws {Error} when the seal does not recover to `signers`: sealing on would build on a block that nobody accepts
 * @see EIP-225, "Authorizing a block"
 */
export function sealHeader(
  unsealed: UnsealedHeader,
  { signers, epoch, secretKey }: { signers: readonly Uint8Array[]; epoch: number; secretKey: Uint8Array },
  crypto: ChainCrypto,
): Header {
  const listed = unsealed.number % epoch === 0 ? signers : []
  const extra = Buffer.concat([new Uint8Array(VANITY_BYTES), ...listed])
  const fields = (extraData: Uint8Array) => [
    unsealed.parentHash,
    NO_UNCLES,
    new Uint8Array(20),
    unsealed.stateRoot,
    unsealed.transactionsRoot,
    unsealed.receiptsRoot,
    unsealed.logsBloom,
    unpadded(DIFFICULTY_IN_TURN),
    unpadded(BigInt(unsealed.number)),
    unpadded(unsealed.gasLimit),
    unpadded(unsealed.gasUsed),
    unpadded(BigInt(unsealed.timestamp)),
    extraData,
    new Uint8Array(32),
    new Uint8Array(8),
    unpadded(unsealed.baseFeePerGas),
  ]
  const digest = crypto.keccak256(RLP.encode(fields(extra)))
  const seal = crypto.seal(digest, secretKey)
  const sealer = crypto.sealer(digest, seal)
  if (!signers.some((signer) => Buffer.compare(signer, sealer) === 0)) {
    throw new Error('the seal is not one of the signers')
  }
  return parseHeader(RLP.encode(fields(Buffer.concat([extra, seal]))), crypto.keccak256)
}

/** Who sealed `header`: 20 bytes; the zero address for the genesis block, which nobody sealed. */
export function sealerOf(header: Header, crypto: ChainCrypto): Uint8Array {
  if (header.number === 0) return new Uint8Array(20)
  const fields = RLP.decode(header.rlp)
  if (!Array.isArray(fields)) throw new Error('stored header is damaged')
  fields[12] = header.extraData.subarray(0, header.extraData.length - SEAL_BYTES)
  return crypto.sealer(crypto.keccak256(RLP.encode(fields)), header.extraData.subarray(-SEAL_BYTES))
}
