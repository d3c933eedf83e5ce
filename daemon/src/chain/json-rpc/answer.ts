import { z } from 'zod'
import { ChainError, RpcError } from '../errors.ts'

/** One answer of a node. @see JSON-RPC 2.0 §5 */
export const RpcAnswer = z.looseObject({
  id: z.union([z.number(), z.string(), z.null()]).optional(),
  result: z.unknown().optional(),
  error: z.looseObject({ code: z.int(), message: z.string(), data: z.unknown().optional() }).optional(),
})
export type RpcAnswer = z.infer<typeof RpcAnswer>

/** @throws {RpcError} when the node refused */
export function resultOf({ result, error }: RpcAnswer): unknown {
  if (error === undefined) return result
  throw new RpcError(error.message, { code: error.code, data: error.data })
}

export function down(reason: string, cause?: unknown): ChainError {
  return new ChainError(`the chain's node does not answer: ${reason}`, { code: 'CHAIN_DOWN' }, { cause })
}
