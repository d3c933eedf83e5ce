import { AbiCoder } from 'ethers/abi'
import { RpcError } from '../../errors.ts'
import { code, refuse } from '../../json-rpc/fault.ts'
import type { StateView } from '../state/view.ts'
import { Breath } from './breath.ts'
import { type Methods, type RpcContext, viewAt } from './context.ts'
import { data, quantity } from './hex.ts'
import { type CallMessage, type CallOutcome, intrinsicGas, readMessage, runMessage } from './message.ts'

/** Of what a frame has left, this part may go to a call inside it. @see EIP-150 */
const CALL_SHARE = { numerator: 64n, denominator: 63n }
/** Given to the callee of a call with value, on top. */
const CALL_STIPEND = 2_300n
const PLAIN_TRANSFER_GAS = 21_000n
/** A call that is only read may use more than a block holds; not much more, for it holds the sealer up meanwhile. */
const CALL_GAS_CAP = 10_000_000n
const ERROR_SELECTOR = '0x08c379a0'

export function callMethods(context: RpcContext): Methods {
  return {
    async eth_call(params) {
      const message = readMessage(params[0])
      const view = await viewAt(context, params, 1)
      const outcome = await attempt(context, view, message, message.gas ?? callGasCap(context))
      if (outcome.failure !== undefined) throw failed(outcome)
      return data(outcome.returned)
    },
    async eth_estimateGas(params) {
      const view = await viewAt(context, params, 1)
      return quantity(await estimate(context, view, readMessage(params[0])))
    },
  }
}

function callGasCap({ spec }: RpcContext): bigint {
  return spec.gasLimit > CALL_GAS_CAP ? spec.gasLimit : CALL_GAS_CAP
}

/** One try with `gas` in all, from a clean copy of the state. */
async function attempt(
  context: RpcContext,
  view: StateView,
  message: CallMessage,
  gas: bigint,
): Promise<CallOutcome> {
  const cap = callGasCap(context)
  const capped = gas < cap ? gas : cap
  const intrinsic = intrinsicGas(context, message)
  if (capped < intrinsic) throw refuse(`intrinsic gas too low: have ${capped}, want ${intrinsic}`)
  return view.aside(async () => {
    const balance = (await view.state.getAccount(message.from))?.balance ?? 0n
    if (message.maxFee > 0n && message.maxFee < view.header.baseFeePerGas) {
      throw refuse(
        `max fee per gas less than block base fee: address ${message.from}, maxFeePerGas: ${message.maxFee}, baseFee: ${view.header.baseFeePerGas}`,
      )
    }
    const price = message.maxFee * capped + message.value
    if (balance < price) {
      throw refuse(
        `insufficient funds for gas * price + value: address ${message.from} have ${balance} want ${price}`,
      )
    }
    return runMessage(view, message, capped - intrinsic)
  })
}

/**
 * The least gas with which `message` succeeds, as far as a few tries can tell.
 *
 * @throws {RpcError} 3 when it reverts however much it gets, -32000 when more is needed than allowed
 */
async function estimate(context: RpcContext, view: StateView, message: CallMessage): Promise<bigint> {
  const most = await allowance(context, view, message)
  const intrinsic = intrinsicGas(context, message)
  const breath = new Breath()
  const works = async (gas: bigint) => {
    await breath.take()
    return gas >= intrinsic && (await attempt(context, view, message, gas)).failure === undefined
  }

  const isPlainTransfer = message.input.length === 0 && message.to !== undefined
  if (isPlainTransfer && (await view.state.getCode(message.to)).length === 0 && most >= PLAIN_TRANSFER_GAS) {
    if (await works(PLAIN_TRANSFER_GAS)) return PLAIN_TRANSFER_GAS
  }
  const free = await attempt(context, view, message, most)
  if (free.failure !== undefined) {
    if (free.failure === 'revert') throw failed(free)
    throw refuse(`gas required exceeds allowance (${most})`)
  }
  // Refunds come after the end: all of it must be there while the call runs.
  const used = free.gasUsed + intrinsic
  if (await works(used)) return used
  let high = ((used + CALL_STIPEND) * CALL_SHARE.numerator) / CALL_SHARE.denominator
  if (high > most || !(await works(high))) high = most
  let low = used
  while (low + 1n < high) {
    const middle = (low + high) / 2n
    if (await works(middle)) high = middle
    else low = middle
    // As exact as geth is by default.
    if ((high - low) * 1_000n < high * 15n) break
  }
  return high
}

/** Gas that the caller asks for, that the block holds and that its balance pays for, whichever is least. */
async function allowance(context: RpcContext, view: StateView, message: CallMessage): Promise<bigint> {
  const asked = message.gas ?? context.spec.gasLimit
  const most = asked < context.spec.gasLimit ? asked : context.spec.gasLimit
  if (message.maxFee === 0n) return most
  const balance = (await view.account(message.from.bytes))?.balance ?? 0n
  if (balance < message.value) throw refuse('insufficient funds for transfer')
  const payable = (balance - message.value) / message.maxFee
  return payable < most ? payable : most
}

/** In geth's words; a revert carries what the contract said. */
function failed({ failure, returned }: CallOutcome): RpcError {
  if (failure !== 'revert') return refuse(failure ?? 'failed')
  const reason = reasonOf(returned)
  const message = reason === undefined ? 'execution reverted' : `execution reverted: ${reason}`
  return new RpcError(message, { code: code.reverted, data: data(returned) })
}

/** The text of a Solidity `revert("…")`. */
function reasonOf(returned: Uint8Array): string | undefined {
  if (data(returned.subarray(0, 4)) !== ERROR_SELECTOR) return undefined
  try {
    return String(AbiCoder.defaultAbiCoder().decode(['string'], returned.slice(4))[0])
  } catch {
    return undefined
  }
}
