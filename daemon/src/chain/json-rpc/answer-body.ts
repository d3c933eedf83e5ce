import { RpcError } from '../errors.ts'
import { code, type RpcErrorObject, toErrorObject } from './fault.ts'
import { isObject } from './is-object.ts'

/** Calls in one HTTP request: ethers sends 100. */
const MAX_BATCH = 200

/** Answers one call. @throws {RpcError} what the caller is told */
export type Call = (method: string, params: readonly unknown[]) => Promise<unknown>

type Response =
  | { jsonrpc: '2.0'; id: unknown; result: unknown }
  | { jsonrpc: '2.0'; id: unknown; error: RpcErrorObject }

/**
 * The answer to one request body.
 *
 * @returns `undefined` when there is nothing to answer, since every call was a notification
 * @see JSON-RPC 2.0 §4 to §6
 */
export async function answerBody(body: string, call: Call): Promise<unknown> {
  let request: unknown
  try {
    request = JSON.parse(body)
  } catch {
    return failure(null, new RpcError('parse error', { code: code.parse }))
  }
  if (!Array.isArray(request)) return answerOne(request, call)
  if (request.length === 0) return failure(null, new RpcError('empty batch', { code: code.request }))
  if (request.length > MAX_BATCH)
    return failure(null, new RpcError('batch too large', { code: code.request }))
  const answers: Response[] = []
  // One after the other: a batch must not get ahead of the callers who send single calls.
  for (const item of request) {
    const answer = await answerOne(item, call)
    if (answer !== undefined) answers.push(answer)
  }
  return answers.length === 0 ? undefined : answers
}

async function answerOne(request: unknown, call: Call): Promise<Response | undefined> {
  if (!isObject(request) || request.jsonrpc !== '2.0' || typeof request.method !== 'string') {
    return failure(null, new RpcError('invalid request', { code: code.request }))
  }
  const { id, method, params = [] } = request
  const isNotification = !('id' in request)
  try {
    if (!Array.isArray(params)) {
      throw new RpcError('non-array args', { code: code.params })
    }
    const result = (await call(String(method), params)) ?? null
    return isNotification ? undefined : { jsonrpc: '2.0', id, result }
  } catch (cause) {
    return isNotification ? undefined : failure(id, cause)
  }
}

function failure(id: unknown, cause: unknown): Response {
  return { jsonrpc: '2.0', id, error: toErrorObject(cause) }
}
