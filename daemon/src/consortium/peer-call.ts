import { type Agent, request } from 'node:https'
import type { Address } from '@hygeia/protocol/ids'
import { within } from '@hygeia/runtime/abort'
import type { Service } from '@hygeia/runtime/lifecycle'
import { pinnedAgent } from '@hygeia/runtime/pinned-agent'
import { ConsortiumError, type HospitalCard } from './card.ts'
import type { Peers } from './peers.ts'

export interface PeerCallsDeps {
  readonly peers: Pick<Peers, 'of'>
}

const LIMIT_MS = 10_000
const BODY_LIMIT_BYTES = 4 * 1024 * 1024
const CONNECTIONS = 4

/** Asks other hospitals over TLS, each pinned to the CA in its card. Whatever they say is bounded, and not yet believed. */
export class PeerCalls implements Service {
  readonly #deps: PeerCallsDeps
  readonly #agents = new Map<Address, { readonly ca: string; readonly agent: Agent }>()
  readonly #answering = new Set<Address>()

  constructor(deps: PeerCallsDeps) {
    this.#deps = deps
  }

  async start(): Promise<void> {}

  async stop(): Promise<void> {
    for (const { agent } of this.#agents.values()) agent.destroy()
  }

  /** Whether a hospital answered when it was last asked. */
  isAnswering(hospital: Address): boolean {
    return this.#answering.has(hospital)
  }

  /** @returns the answer's JSON @throws {ConsortiumError} `PEER_AWAY`, also for who is not known here */
  async call(hospital: Address, path: string, body?: unknown, signal?: AbortSignal): Promise<unknown> {
    const card = this.#deps.peers.of(hospital)
    if (card === undefined) throw away(hospital, 'nobody introduced it here')
    try {
      const answer = await this.#send(card, path, body, within(LIMIT_MS, signal))
      this.#answering.add(hospital)
      return answer
    } catch (cause) {
      this.#answering.delete(hospital)
      throw away(hospital, 'it does not answer', cause)
    }
  }

  async #send(card: HospitalCard, path: string, body: unknown, signal: AbortSignal): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const text = body === undefined ? undefined : JSON.stringify(body)
    const call = request(
      new URL(path, card.api),
      {
        method: text === undefined ? 'GET' : 'POST',
        agent: this.#agentOf(card),
        signal,
        headers: text === undefined ? {} : { 'content-type': 'application/json' },
      },
      (response) => {
        const parts: Buffer[] = []
        let bytes = 0
        response.on('data', (part: Buffer) => {
          bytes += part.length
          if (bytes > BODY_LIMIT_BYTES) call.destroy(new Error('answer too large'))
          else parts.push(part)
        })
        response.once('error', reject)
        response.once('end', () => {
          if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`))
          else resolve(Buffer.concat(parts).toString())
        })
      },
    )
    call.once('error', reject)
    call.end(text)
    return JSON.parse(String(await promise))
  }

  #agentOf({ operator, ca }: HospitalCard): Agent {
    const held = this.#agents.get(operator)
    if (held?.ca === ca) return held.agent
    held?.agent.destroy()
    const agent = pinnedAgent(ca, CONNECTIONS)
    this.#agents.set(operator, { ca, agent })
    return agent
  }
}

function away(hospital: Address, why: string, cause?: unknown): ConsortiumError {
  return new ConsortiumError(
    `hospital ${hospital} cannot be asked: ${why}`,
    { code: 'PEER_AWAY', hospital },
    { cause },
  )
}
