import { z } from 'zod'
import { problems } from '../documents.ts'
import { perAddress } from '../limits.ts'
import type { ChainPort } from '../ports.ts'
import type { App } from '../server.ts'

/** What may be asked of the chain from outside: nothing that changes, seals, or tells of the node. */
const METHODS: ReadonlySet<string> = new Set([
  'debug_getRawHeader',
  'eth_blockNumber',
  'eth_call',
  'eth_chainId',
  'eth_estimateGas',
  'eth_feeHistory',
  'eth_gasPrice',
  'eth_getBalance',
  'eth_getBlockByHash',
  'eth_getBlockByNumber',
  'eth_getBlockTransactionCountByHash',
  'eth_getBlockTransactionCountByNumber',
  'eth_getCode',
  'eth_getLogs',
  'eth_getProof',
  'eth_getStorageAt',
  'eth_getTransactionByBlockHashAndIndex',
  'eth_getTransactionByBlockNumberAndIndex',
  'eth_getTransactionByHash',
  'eth_getTransactionCount',
  'eth_getTransactionReceipt',
  'eth_maxPriorityFeePerGas',
  'net_version',
  'web3_clientVersion',
])

const CALLS_LIMIT = 100
const BODY_LIMIT_BYTES = 131_072
/** Calls that the engine works on at a time for outsiders, so that sealing is never in line behind them. */
const AT_ONCE = 8
const WAITING_LIMIT = 400

const callSchema = z
  .looseObject({
    jsonrpc: z.literal('2.0'),
    id: z.union([z.string().max(64), z.number(), z.null()]).optional(),
    method: z.string().max(64),
    params: z.array(z.unknown()).max(8).optional(),
  })
  .meta({ examples: [{ jsonrpc: '2.0', id: 1, method: 'eth_blockNumber', params: [] }] })
const answerSchema = z
  .looseObject({
    jsonrpc: z.literal('2.0'),
    id: z.union([z.string(), z.number(), z.null()]),
    result: z.unknown().optional(),
    error: z.looseObject({ code: z.int(), message: z.string() }).optional(),
  })
  .meta({ examples: [{ jsonrpc: '2.0', id: 1, result: '0x1267' }] })
type Call = z.infer<typeof callSchema>
type Answer = z.infer<typeof answerSchema>

export interface ChainDeps {
  readonly chain: ChainPort
  readonly limits: { readonly chain: number }
}

/** Reading the chain. @see JSON-RPC 2.0, EIP-1474 */
export function chainRoutes(app: App, { chain, limits }: ChainDeps): void {
  const gate = new Gate(AT_ONCE, WAITING_LIMIT)
  const answer = async ({ id = null, method, params = [] }: Call): Promise<Answer> => {
    if (!METHODS.has(method)) return failure(id, -32601, 'not served here')
    try {
      const result = await gate.pass(() => chain.request({ method, params }))
      return { jsonrpc: '2.0', id, result: result ?? null }
    } catch (cause) {
      return refusal(id, cause)
    }
  }
  app.post(
    '/v1/chain',
    {
      bodyLimit: BODY_LIMIT_BYTES,
      config: perAddress(limits.chain),
      schema: {
        summary: 'Read the chain by JSON-RPC',
        description: `Up to ${CALLS_LIMIT} calls at once. Methods: ${[...METHODS].join(', ')}.`,
        tags: ['public'],
        body: z.union([callSchema, z.array(callSchema).min(1).max(CALLS_LIMIT)]),
        response: {
          200: z.union([answerSchema, z.array(answerSchema)]),
          ...problems('NOT_JSON', 'BODY_TOO_LARGE', 'MEDIA_TYPE'),
        },
      },
    },
    async ({ body }) => (Array.isArray(body) ? await Promise.all(body.map(answer)) : await answer(body)),
  )
}

/** Lets so many through at a time, keeps so many waiting, and turns the rest away. */
class Gate {
  readonly #atOnce: number
  readonly #waitingLimit: number
  readonly #waiting: (() => void)[] = []
  #inside = 0

  constructor(atOnce: number, waitingLimit: number) {
    this.#atOnce = atOnce
    this.#waitingLimit = waitingLimit
  }

  async pass<T>(work: () => Promise<T>): Promise<T> {
    if (this.#inside >= this.#atOnce) {
      if (this.#waiting.length >= this.#waitingLimit)
        throw { code: -32005, message: 'too many calls at once' }
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else {
      this.#inside++
    }
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      // The place goes to who waited, or is free.
      if (next === undefined) this.#inside--
      else next()
    }
  }
}

type Id = Answer['id']

function failure(id: Id, code: number, message: string, data?: unknown): Answer {
  return { jsonrpc: '2.0', id, error: { code, message, ...(data === undefined ? {} : { data }) } }
}

/** What the node says of a call goes out as it is; a fault that is not the node's answer does not. */
function refusal(id: Id, cause: unknown): Answer {
  const { code, message, data } = Object(cause) as { code?: unknown; message?: unknown; data?: unknown }
  if (typeof code !== 'number' || typeof message !== 'string') {
    return failure(id, -32603, 'the chain does not answer')
  }
  return failure(id, code, message, data)
}
