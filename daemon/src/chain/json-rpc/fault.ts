import { RpcError } from '../errors.ts'

/** Codes of JSON-RPC 2.0, EIP-1474 and geth. */
export const code = {
  parse: -32700,
  request: -32600,
  method: -32601,
  params: -32602,
  internal: -32603,
  refused: -32000,
  limit: -32005,
  reverted: 3,
} as const

export function badParam(index: number, what: string): RpcError {
  return new RpcError(`invalid argument ${index}: ${what}`, { code: code.params })
}

export function refuse(message: string): RpcError {
  return new RpcError(message, { code: code.refused })
}

export interface RpcErrorObject {
  readonly code: number
  readonly message: string
  readonly data?: unknown
}

/** What goes to the caller. Errors that nobody foresaw keep their message: the port is on loopback. */
export function toErrorObject(cause: unknown): RpcErrorObject {
  if (cause instanceof RpcError) {
    const { code, message, data } = cause
    return data === undefined ? { code, message } : { code, message, data }
  }
  return { code: code.internal, message: cause instanceof Error ? cause.message : 'internal error' }
}
