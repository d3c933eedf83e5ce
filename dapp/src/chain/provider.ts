import {
  JsonRpcApiProvider,
  type JsonRpcApiProviderOptions,
  type JsonRpcError,
  type JsonRpcPayload,
  type JsonRpcResult,
  Network,
} from 'ethers'
import { z } from 'zod'
import { type Clock, hostClock } from '../clock.ts'
import { isAway } from '../hospital/errors.ts'
import { type Fetch, Transport } from '../hospital/transport.ts'
import { within } from '../hospital/within.ts'
import { type ChainDoor, type LateDoor, lookAt } from './late-doors.ts'

const Answers = z.array(
  z.looseObject({ id: z.number(), error: z.looseObject({ code: z.number() }).optional() }),
)
/** What a hospital says for a node that does not answer it: JSON-RPC 2.0 §5.1, "Internal error". */
const INTERNAL_ERROR = -32603
// One request a call: a hospital's read-only door takes no batches. Nothing is cached: a command asks once.
const OPTIONS: JsonRpcApiProviderOptions = { staticNetwork: true, batchMaxCount: 1, cacheTimeout: -1 }
/** A call of any kind takes a fraction of that; the next door is tried then, and the last is waited for. */
const DOOR_LIMIT_MS = 3_000
const LAST_LIMIT_MS = 30_000
const LOOK_EVERY_MS = 60_000

export interface ChainProviderOptions {
  /** Tried in this order; the next only when one, or its node, is away. One that shows an old chain is not asked at all. */
  readonly doors: readonly ChainDoor[]
  /** Known from the realm, so that ethers need not ask. */
  readonly chainId: number
  readonly clock?: Clock
  /** Told of each door that shows an old chain, whenever it is looked. */
  readonly onLate?: (door: LateDoor) => void
}

/** An ethers provider over `fetch`es of our choosing: through hospitals, or any other JSON-RPC address. */
export class ChainProvider extends JsonRpcApiProvider {
  readonly #doors: readonly ChainDoor[]
  /** Without those that show an old chain; the one that answered last comes first. */
  #usable: readonly ChainDoor[]
  readonly #clock: Clock
  readonly #onLate: (door: LateDoor) => void
  #lookedAt = Number.NEGATIVE_INFINITY
  #looked: Promise<void> = Promise.resolve()

  constructor({ doors, chainId, clock = hostClock, onLate = () => {} }: ChainProviderOptions) {
    super(Network.from(chainId), OPTIONS)
    this.#doors = doors
    this.#usable = doors
    this.#clock = clock
    this.#onLate = onLate
  }

  override async send(method: string, params: unknown[] | Record<string, unknown>): Promise<unknown> {
    this._start()
    return super.send(method, params)
  }

  override async _send(
    payload: JsonRpcPayload | JsonRpcPayload[],
  ): Promise<Array<JsonRpcResult | JsonRpcError>> {
    // ethers looks into result and error itself.
    return (await this.#ask(payload)) as unknown as Array<JsonRpcResult | JsonRpcError>
  }

  async #ask(json: unknown): Promise<z.infer<typeof Answers>> {
    let failure: unknown
    await this.#look()
    const doors = this.#usable
    for (const [index, door] of doors.entries()) {
      const { transport, path } = door
      const limitMs = index === doors.length - 1 ? LAST_LIMIT_MS : DOOR_LIMIT_MS
      try {
        const given = await within(limitMs, transport.base, (signal) =>
          transport.json(path, z.unknown(), { method: 'POST', json, signal }),
        )
        const answer = Answers.parse(Array.isArray(given) ? given : [given])
        const isLast = index === doors.length - 1
        // The hospital is there, and its chain is not: another's may be.
        if (!isLast && answer.some(({ error }) => error?.code === INTERNAL_ERROR)) continue
        if (index > 0) this.#usable = [door, ...doors.filter((other) => other !== door)]
        return answer
      } catch (cause) {
        if (!isAway(cause)) throw cause
        failure = cause
      }
    }
    throw failure
  }

  /** Alone, a door has nobody to be compared with. */
  #look(): Promise<void> {
    const now = this.#clock.now()
    if (this.#doors.length > 1 && now - this.#lookedAt >= LOOK_EVERY_MS) {
      this.#lookedAt = now
      this.#looked = lookAt(this.#doors, this.#clock).then(({ usable, late }) => {
        this.#usable = usable
        for (const door of late) this.#onLate(door)
      })
    }
    return this.#looked
  }
}

/** The chain as hospitals show it: the first, unless it is away or behind the others. */
export function hospitalChain(
  transports: readonly Transport[],
  chainId: number,
  options: Pick<ChainProviderOptions, 'clock' | 'onLate'> = {},
): ChainProvider {
  const doors = transports.map((transport) => ({ transport, path: '/v1/chain' }))
  return new ChainProvider({ doors, chainId, ...options })
}

/** The chain as any node shows it. @param url - JSON-RPC over HTTP */
export function chainAt(url: string, fetch: Fetch, chainId: number): ChainProvider {
  return new ChainProvider({ doors: [{ transport: new Transport({ base: url, fetch }), path: '' }], chainId })
}
