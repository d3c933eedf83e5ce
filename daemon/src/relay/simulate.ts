import { abi as anchorAbi } from '@hygeia/contracts/anchor'
import { abi as consentAbi } from '@hygeia/contracts/consent'
import { abi as directoryAbi } from '@hygeia/contracts/directory'
import type { Address, Hex } from '@hygeia/protocol/ids'
import { Interface } from 'ethers'
import { RelayError } from './errors.ts'

/** The part of a chain engine that a relay asks. */
export interface ChainCalls {
  request(call: { readonly method: string; readonly params?: readonly unknown[] }): Promise<unknown>
}

export interface SimulatedCall {
  readonly from: Address
  readonly to: Address
  readonly data: Hex
  readonly gasLimit: number
}

const contracts = new Interface(
  [...directoryAbi, ...consentAbi, ...anchorAbi].filter(({ type }) => type === 'error'),
)
const RETRY_SEC = 5

/**
 * Run a call on the newest state without sending it.
 *
 * @throws {RelayError} `CONTRACT_REFUSED` with the contract's own name for it, `CHAIN_UNAVAILABLE`
 */
export async function simulate(
  chain: ChainCalls,
  { from, to, data, gasLimit }: SimulatedCall,
): Promise<void> {
  const call = { from, to, data, gas: `0x${gasLimit.toString(16)}` }
  try {
    await chain.request({ method: 'eth_call', params: [call, 'latest'] })
  } catch (cause) {
    const name = errorName(cause)
    if (name === undefined) {
      const detail = { code: 'CHAIN_UNAVAILABLE', retryAfterSec: RETRY_SEC } as const
      throw new RelayError('the chain does not answer', detail, { cause })
    }
    throw new RelayError('the contract refuses', { code: 'CONTRACT_REFUSED', contractError: name }, { cause })
  }
}

/** Name of the custom error that a call reverted with; undefined when it did not revert. */
function errorName(cause: unknown): string | undefined {
  const { code, data, message } = Object(cause) as { code?: unknown; data?: unknown; message?: unknown }
  if (typeof data === 'string' && /^0x([0-9a-f]{2})+$/i.test(data)) {
    return contracts.parseError(data)?.name ?? 'UnknownError'
  }
  // JSON-RPC 3 is geth's for a revert; engines that stop for other reasons (gas, opcode) say so in words.
  const isRevert =
    code === 3 || (typeof message === 'string' && /revert|out of gas|invalid opcode/i.test(message))
  return isRevert ? 'UnknownError' : undefined
}
