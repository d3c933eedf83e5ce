import { type Address, parseAddress } from '@hygeia/protocol/ids'
import { dataSlice, encodeRlp, keccak256, recoverAddress, toBeArray } from 'ethers'
import { z } from 'zod'

const hex = z.string().regex(/^0x[0-9a-f]*$/)
const hash = z.string().regex(/^0x[0-9a-f]{64}$/)
const quantity = z.string().regex(/^0x[0-9a-f]{1,64}$/)

/** A header as `eth_getBlockBy…` answers it, with every field that its hash covers up to London. */
export const HeaderJson = z.looseObject({
  number: quantity,
  hash,
  parentHash: hash,
  sha3Uncles: hash,
  miner: hex,
  stateRoot: hash,
  transactionsRoot: hash,
  receiptsRoot: hash,
  logsBloom: hex,
  difficulty: quantity,
  gasLimit: quantity,
  gasUsed: quantity,
  timestamp: quantity,
  extraData: hex,
  mixHash: hash,
  nonce: hex,
  baseFeePerGas: quantity,
})
export type HeaderJson = z.infer<typeof HeaderJson>

/** EIP-225: r, s and v (0 or 1) at the end of extraData. */
const SEAL_BYTES = 65

/**
 * Who sealed a block.
 *
 * @throws {Error} when the fields do not hash to `hash`, or the seal is no signature
 * @see EIP-225, "Authorizing a block"
 */
export function sealerOf(header: HeaderJson): Address {
  if (keccak256(encode(header, header.extraData)) !== header.hash) {
    throw new Error(`block ${Number(header.number)} is not what its hash says`)
  }
  const sealAt = (header.extraData.length - 2) / 2 - SEAL_BYTES
  const digest = keccak256(encode(header, dataSlice(header.extraData, 0, sealAt)))
  const [rs, v] = [dataSlice(header.extraData, sealAt, sealAt + 64), dataSlice(header.extraData, sealAt + 64)]
  const signature = `${rs}${(Number(v) + 27).toString(16)}`
  return parseAddress(recoverAddress(digest, signature).toLowerCase())
}

function encode(header: HeaderJson, extraData: string): string {
  const number = (value: string) => toBeArray(value)
  return encodeRlp([
    header.parentHash,
    header.sha3Uncles,
    header.miner,
    header.stateRoot,
    header.transactionsRoot,
    header.receiptsRoot,
    header.logsBloom,
    number(header.difficulty),
    number(header.number),
    number(header.gasLimit),
    number(header.gasUsed),
    number(header.timestamp),
    extraData,
    header.mixHash,
    header.nonce,
    number(header.baseFeePerGas),
  ])
}
