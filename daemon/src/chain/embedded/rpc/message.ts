import { type AccessListBytesItem, createFeeMarket1559Tx } from '@ethereumjs/tx'
import { Address } from '@ethereumjs/util'
import { badParam } from '../../json-rpc/fault.ts'
import { isObject } from '../../json-rpc/is-object.ts'
import type { StateView } from '../state/view.ts'
import type { RpcContext } from './context.ts'
import { toBytes, toQuantity } from './params.ts'

/** A call that is tried out and not sent. */
export interface CallMessage {
  readonly from: Address
  /** Absent: create a contract. */
  readonly to: Address | undefined
  readonly input: Uint8Array
  readonly value: bigint
  /** As asked for; absent: whatever the block allows. */
  readonly gas: bigint | undefined
  /** Wei per gas at most; 0 when the caller did not name a price, and then nothing is paid. */
  readonly maxFee: bigint
  readonly maxTip: bigint
  readonly accessList: readonly { address: Uint8Array; slots: readonly Uint8Array[] }[]
}

/** @throws {RpcError} -32602 naming the first field that is malformed */
export function readMessage(value: unknown): CallMessage {
  if (!isObject(value)) throw badParam(0, 'not a transaction object')
  const bytes = (field: unknown, size?: number) =>
    field === undefined || field === null ? undefined : toBytes(field, 0, size)
  const wei = (field: unknown) => (field === undefined || field === null ? undefined : toQuantity(field, 0))
  const { from, to, data, input, gas } = value
  const address = bytes(to, 20)
  const gasPrice = wei(value.gasPrice)
  const maxFee = wei(value.maxFeePerGas)
  if (gasPrice !== undefined && maxFee !== undefined) {
    throw badParam(0, 'both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified')
  }
  return {
    from: new Address(bytes(from, 20) ?? new Uint8Array(20)),
    to: address === undefined ? undefined : new Address(address),
    input: bytes(input) ?? bytes(data) ?? new Uint8Array(0),
    value: wei(value.value) ?? 0n,
    gas: wei(gas),
    maxFee: gasPrice ?? maxFee ?? 0n,
    maxTip: gasPrice ?? wei(value.maxPriorityFeePerGas) ?? 0n,
    accessList: readAccessList(value.accessList),
  }
}

function readAccessList(value: unknown): CallMessage['accessList'] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw badParam(0, 'accessList is not a list')
  return value.map((item: unknown) => {
    if (!isObject(item) || !Array.isArray(item.storageKeys)) throw badParam(0, 'malformed accessList')
    return {
      address: toBytes(item.address, 0, 20),
      slots: item.storageKeys.map((slot: unknown) => toBytes(slot, 0, 32)),
    }
  })
}

/** Gas that a transaction pays before its first instruction. */
export function intrinsicGas({ spec }: RpcContext, message: CallMessage): bigint {
  const tx = createFeeMarket1559Tx(
    {
      data: message.input,
      accessList: message.accessList.map(({ address, slots }): AccessListBytesItem => [address, [...slots]]),
      ...(message.to && { to: message.to }),
    },
    { common: spec.execution },
  )
  return tx.getIntrinsicGas()
}

export interface CallOutcome {
  readonly returned: Uint8Array
  /** Name that the EVM gives the failure; `revert` when the contract itself refused. */
  readonly failure: string | undefined
  /** What the call itself used, refunds not taken off. */
  readonly gasUsed: bigint
  readonly refund: bigint
}

/** Run `message` in `view` with `gas` left after the intrinsic part. The caller undoes what it changed. */
export async function runMessage(view: StateView, message: CallMessage, gas: bigint): Promise<CallOutcome> {
  const { evm, block, header } = view
  const { journal } = evm
  // What a transaction warms before it starts. @see EIP-2929, EIP-2930
  for (const precompile of evm.precompiles.keys()) journal.addAlwaysWarmAddress(precompile)
  journal.addAlwaysWarmAddress(unprefixed(message.from.bytes))
  if (message.to !== undefined) journal.addAlwaysWarmAddress(unprefixed(message.to.bytes))
  for (const { address, slots } of message.accessList) {
    journal.addAlwaysWarmAddress(unprefixed(address))
    for (const slot of slots) journal.addAlwaysWarmSlot(unprefixed(address), unprefixed(slot))
  }
  const tip = message.maxFee - header.baseFeePerGas
  const gasPrice =
    message.maxFee === 0n ? 0n : header.baseFeePerGas + (tip < message.maxTip ? tip : message.maxTip)
  const { execResult } = await evm.runCall({
    block,
    caller: message.from,
    data: message.input,
    value: message.value,
    gasLimit: gas,
    gasPrice,
    ...(message.to && { to: message.to }),
  })
  return {
    returned: execResult.returnValue,
    failure: execResult.exceptionError?.error,
    gasUsed: execResult.executionGasUsed,
    refund: execResult.gasRefund ?? 0n,
  }
}

function unprefixed(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
