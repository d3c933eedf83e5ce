import { RpcError } from '../errors.ts'
import type { Call } from '../json-rpc/answer-body.ts'
import { code } from '../json-rpc/fault.ts'

/** Groups of methods, and single ones, that programs on this machine may call: nothing that signs, seals, votes or configures. */
const NAMESPACES: ReadonlySet<string> = new Set(['eth', 'net', 'web3'])
const REFUSED: ReadonlySet<string> = new Set([
  'eth_accounts',
  'eth_fillTransaction',
  'eth_getWork',
  'eth_resend',
  'eth_sendTransaction',
  'eth_sign',
  'eth_signTransaction',
  'eth_submitHashrate',
  'eth_submitWork',
])
const SINGLE: ReadonlySet<string> = new Set([
  'debug_getRawBlock',
  'debug_getRawHeader',
  'debug_getRawReceipts',
  'debug_getRawTransaction',
  'clique_getSigner',
  'clique_getSigners',
  'clique_getSignersAtHash',
  'clique_getSnapshot',
  'clique_getSnapshotAtHash',
  'clique_status',
])

/** The calls of `all` that are served without asking who calls. */
export function served(all: Call): Call {
  return async (method, params) => {
    const isServed =
      SINGLE.has(method) || (NAMESPACES.has(method.split('_', 1)[0] ?? '') && !REFUSED.has(method))
    if (isServed) return await all(method, params)
    throw new RpcError(`the method ${method} does not exist/is not available`, { code: code.method })
  }
}
