import { hash } from 'node:crypto'
import { encodeAnswers } from '@hygeia/protocol/device-link/answer'
import { COAP_PATHS } from '@hygeia/protocol/device-link/topics'
import { SEALED_LIMIT_BYTES } from '@hygeia/protocol/sealed/codec'
import type { Clock } from '@hygeia/runtime/clock'
import type { Ingest, Source } from '../ingest/ingest.ts'
import { type Block, blockBytes, encodeBlock, LARGEST_EXPONENT, parseBlock } from './block.ts'
import { Bounded } from './bounded.ts'
import type { Echo } from './echo.ts'
import {
  CODE,
  hasUnknownCritical,
  type Message,
  OPTION,
  type Option,
  optionOf,
  pathOf,
  readUint,
  uintValue,
} from './message.ts'
import { Uploads } from './uploads.ts'

export interface ResponderDeps {
  readonly ingest: Pick<Ingest, 'batch' | 'question'>
  readonly echo: Echo
  /** Told every refusal that is the door's own. */
  readonly onFault: (reason: string) => void
  readonly clock: Clock
}

/** What is said to a request, before it is made a message. */
export interface Reply {
  readonly code: number
  readonly options?: readonly Option[]
  readonly payload?: Uint8Array
}

/** Bytes of answers to one question: what does not fit is asked for again. */
const REPLY_LIMIT_BYTES = 24 * 1024
const LARGE_REPLIES = { count: 512, bytes: 8 * 1024 * 1024, ttlMs: 60_000 }

/** Decides what is said to a request: puts bodies together, has them taken, cuts large replies into blocks. */
export class Responder {
  readonly #deps: ResponderDeps
  readonly #uploads: Uploads
  readonly #large: Bounded<Uint8Array>

  constructor(deps: ResponderDeps) {
    this.#deps = deps
    this.#uploads = new Uploads({ bodyLimitBytes: SEALED_LIMIT_BYTES }, deps)
    this.#large = new Bounded(LARGE_REPLIES, deps)
  }

  /** @param endpoint - address and port @param address - the address alone */
  async reply(message: Message, endpoint: string, address: string): Promise<Reply> {
    if (hasUnknownCritical(message)) return this.fault(CODE.badOption, 'BAD_OPTION')
    const path = pathOf(message)
    if (path !== COAP_PATHS.batch && path !== COAP_PATHS.question)
      return this.fault(CODE.notFound, 'NOT_FOUND')
    if (message.code !== CODE.post) return this.fault(CODE.methodNotAllowed, 'METHOD_NOT_ALLOWED')
    const echo = optionOf(message, OPTION.echo)
    if (echo !== undefined && !this.#deps.echo.prove(endpoint, echo)) return this.challenge(endpoint)

    const wanted = readBlock(message, OPTION.block2)
    const block = readBlock(message, OPTION.block1)
    if (wanted === 'malformed' || block === 'malformed') return this.fault(CODE.badOption, 'BAD_OPTION')
    const large = `${endpoint} ${path}`
    if (wanted !== undefined && wanted.number > 0) {
      const held = this.#large.get(large)
      return held === undefined ? this.fault(CODE.incomplete, 'INCOMPLETE') : this.#part(held, wanted, [])
    }
    let body: Uint8Array = message.payload
    const options: Option[] = []
    if (block !== undefined) {
      const size = readUint(optionOf(message, OPTION.size1) ?? new Uint8Array(0))
      if (size === undefined || size > SEALED_LIMIT_BYTES) return this.#tooLarge()
      if (block.hasMore && this.#uploads.isCrowded && !this.#deps.echo.isProven(endpoint)) {
        return this.challenge(endpoint)
      }
      const tag = Buffer.from(optionOf(message, OPTION.requestTag) ?? []).toString('hex')
      const progress = this.#uploads.take(`${endpoint} ${path} ${tag}`, block, message.payload)
      options.push({ number: OPTION.block1, value: encodeBlock(block) })
      if (progress.state === 'more') return { code: CODE.continue, options }
      if (progress.state === 'refused') {
        if (progress.reason === 'TOO_LARGE') return this.#tooLarge()
        return this.fault(
          progress.reason === 'INCOMPLETE' ? CODE.incomplete : CODE.badRequest,
          progress.reason,
        )
      }
      body = progress.body
    }
    const payload = await this.#ask(path, body, endpoint, address)
    const first = { number: 0, hasMore: false, sizeExponent: wanted?.sizeExponent ?? LARGEST_EXPONENT }
    if (payload.length <= blockBytes(first)) return { code: CODE.changed, options, payload }
    this.#large.put(large, payload, payload.length)
    return this.#part(payload, first, options)
  }

  async #ask(path: string, body: Uint8Array, name: string, group: string): Promise<Uint8Array> {
    const source: Source = {
      door: 'coap',
      device: undefined,
      name,
      group,
      replyLimitBytes: REPLY_LIMIT_BYTES,
    }
    const { ingest } = this.#deps
    const isBatch = path === COAP_PATHS.batch
    return encodeAnswers(await (isBatch ? ingest.batch(body, source) : ingest.question(body, source)))
  }

  /** One block of a reply that is larger than a datagram should be. @see RFC 7959 §2.4 */
  #part(payload: Uint8Array, wanted: Block, options: readonly Option[]): Reply {
    const sizeBytes = blockBytes(wanted)
    const start = wanted.number * sizeBytes
    if (start >= payload.length) return this.fault(CODE.badOption, 'BAD_OPTION')
    const hasMore = start + sizeBytes < payload.length
    return {
      code: CODE.changed,
      options: [
        ...options,
        { number: OPTION.etag, value: hash('sha256', payload, 'buffer').subarray(0, 8) },
        { number: OPTION.block2, value: encodeBlock({ ...wanted, hasMore }) },
        ...(wanted.number === 0 ? [{ number: OPTION.size2, value: uintValue(payload.length) }] : []),
      ],
      payload: payload.subarray(start, start + sizeBytes),
    }
  }

  /** Asks whoever is at `endpoint` to show that he is. */
  challenge(endpoint: string): Reply {
    return {
      code: CODE.unauthorized,
      options: [{ number: OPTION.echo, value: this.#deps.echo.challenge(endpoint) }],
    }
  }

  #tooLarge(): Reply {
    const options = [{ number: OPTION.size1, value: uintValue(SEALED_LIMIT_BYTES) }]
    return { ...this.fault(CODE.tooLarge, 'TOO_LARGE'), options }
  }

  /** A refusal whose name is in the payload, as RFC 7252 §5.5.2 has it. */
  fault(code: number, reason: string): Reply {
    this.#deps.onFault(reason)
    return { code, payload: Buffer.from(reason) }
  }
}

function readBlock(message: Message, number: number): Block | 'malformed' | undefined {
  const value = optionOf(message, number)
  return value === undefined ? undefined : (parseBlock(value) ?? 'malformed')
}
