import {
  JsonRpcApiProvider,
  type JsonRpcApiProviderOptions,
  type JsonRpcError,
  type JsonRpcPayload,
  type JsonRpcResult,
  Network,
} from 'ethers'
import { z } from 'zod'
import { type Fetch, Transport } from '../hospital/transport.ts'

const Answers = z.array(z.looseObject({ id: z.number() }))
// One request a call: a hospital's read-only door takes no batches. Nothing is cached: a command asks once.
const OPTIONS: JsonRpcApiProviderOptions = { staticNetwork: true, batchMaxCount: 1, cacheTimeout: -1 }

/** An ethers provider over a `fetch` of our choosing: a hospital's chain, or any other JSON-RPC address. */
export class ChainProvider extends JsonRpcApiProvider {
  readonly #transport: Transport
  readonly #path: string

  /** @param chainId - known from the realm, so that ethers need not ask */
  constructor({ transport, path, chainId }: { transport: Transport; path: string; chainId: number }) {
    super(Network.from(chainId), OPTIONS)
    this.#transport = transport
    this.#path = path
  }

  override async send(method: string, params: unknown[] | Record<string, unknown>): Promise<unknown> {
    this._start()
    return super.send(method, params)
  }

  override async _send(
    payload: JsonRpcPayload | JsonRpcPayload[],
  ): Promise<Array<JsonRpcResult | JsonRpcError>> {
    const answer = await this.#transport.json(this.#path, z.unknown(), { method: 'POST', json: payload })
    // ethers looks into result and error itself.
    return Answers.parse(Array.isArray(answer) ? answer : [answer]) as unknown as Array<
      JsonRpcResult | JsonRpcError
    >
  }
}

/** The chain as a hospital shows it. */
export function hospitalChain(transport: Transport, chainId: number): ChainProvider {
  return new ChainProvider({ transport, path: '/v1/chain', chainId })
}

/** The chain as any node shows it. @param url - JSON-RPC over HTTP */
export function chainAt(url: string, fetch: Fetch, chainId: number): ChainProvider {
  return new ChainProvider({ transport: new Transport({ base: url, fetch }), path: '', chainId })
}
