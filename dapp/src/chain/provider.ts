import {
  JsonRpcApiProvider,
  type JsonRpcApiProviderOptions,
  type JsonRpcError,
  type JsonRpcPayload,
  type JsonRpcResult,
  Network,
} from 'ethers'
import { z } from 'zod'
import { isAway } from '../hospital/errors.ts'
import { type Fetch, Transport } from '../hospital/transport.ts'
import { within } from '../hospital/within.ts'

const Answers = z.array(z.looseObject({ id: z.number() }))
// One request a call: a hospital's read-only door takes no batches. Nothing is cached: a command asks once.
const OPTIONS: JsonRpcApiProviderOptions = { staticNetwork: true, batchMaxCount: 1, cacheTimeout: -1 }
/** A call of any kind takes a fraction of that; the next door is tried then, and the last is waited for. */
const DOOR_LIMIT_MS = 3_000
const LAST_LIMIT_MS = 30_000

/** An address that answers JSON-RPC. */
export interface ChainDoor {
  readonly transport: Transport
  readonly path: string
}

/** An ethers provider over `fetch`es of our choosing: through hospitals, or any other JSON-RPC address. */
export class ChainProvider extends JsonRpcApiProvider {
  /** The one that answered last comes first. */
  #doors: readonly ChainDoor[]

  /**
   * @param doors - tried in this order; the next only when one is away
   * @param chainId - known from the realm, so that ethers need not ask
   */
  constructor({ doors, chainId }: { doors: readonly ChainDoor[]; chainId: number }) {
    super(Network.from(chainId), OPTIONS)
    this.#doors = doors
  }

  override async send(method: string, params: unknown[] | Record<string, unknown>): Promise<unknown> {
    this._start()
    return super.send(method, params)
  }

  override async _send(
    payload: JsonRpcPayload | JsonRpcPayload[],
  ): Promise<Array<JsonRpcResult | JsonRpcError>> {
    const answer = await this.#ask(payload)
    // ethers looks into result and error itself.
    return Answers.parse(Array.isArray(answer) ? answer : [answer]) as unknown as Array<
      JsonRpcResult | JsonRpcError
    >
  }

  async #ask(json: unknown): Promise<unknown> {
    let failure: unknown
    const doors = this.#doors
    for (const [index, door] of doors.entries()) {
      const { transport, path } = door
      const limitMs = index === doors.length - 1 ? LAST_LIMIT_MS : DOOR_LIMIT_MS
      try {
        const answer = await within(limitMs, transport.base, (signal) =>
          transport.json(path, z.unknown(), { method: 'POST', json, signal }),
        )
        if (door !== this.#doors[0]) this.#doors = [door, ...this.#doors.filter((other) => other !== door)]
        return answer
      } catch (cause) {
        if (!isAway(cause)) throw cause
        failure = cause
      }
    }
    throw failure
  }
}

/** The chain as hospitals show it: the first, unless it is away. */
export function hospitalChain(transports: readonly Transport[], chainId: number): ChainProvider {
  return new ChainProvider({
    doors: transports.map((transport) => ({ transport, path: '/v1/chain' })),
    chainId,
  })
}

/** The chain as any node shows it. @param url - JSON-RPC over HTTP */
export function chainAt(url: string, fetch: Fetch, chainId: number): ChainProvider {
  return new ChainProvider({ doors: [{ transport: new Transport({ base: url, fetch }), path: '' }], chainId })
}
