import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { encodeBlock, parseBlock } from '../../../src/coap/block.ts'
import {
  CODE,
  encodeMessage,
  type Message,
  OPTION,
  type Option,
  optionOf,
  parseMessage,
  TYPE,
} from '../../../src/coap/message.ts'

const BLOCK_BYTES = 1_024
const AGAIN_MS = 1_000

/** A CoAP client on one endpoint, for what real clients cannot be made to send. */
export class CoapDevice {
  readonly #socket: Socket
  readonly #waiting = new Map<number, Set<(reply: Message | undefined) => void>>()
  #id = 1

  private constructor(socket: Socket, port: number) {
    this.#socket = socket
    socket.connect(port, '127.0.0.1')
    // Nobody listens there while the hospital is down.
    socket.on('error', () => {})
    socket.on('message', (bytes) => {
      const reply = parseMessage(bytes)
      if (reply === undefined) return
      for (const resolve of this.#waiting.get(reply.id) ?? []) resolve(reply)
    })
  }

  static async open(port: number): Promise<CoapDevice> {
    const socket = createSocket('udp4')
    const device = new CoapDevice(socket, port)
    await once(socket, 'connect')
    return device
  }

  /** Whoever still waits hears nothing more. */
  close(): void {
    for (const waiting of this.#waiting.values()) for (const resolve of waiting) resolve(undefined)
    this.#socket.close()
  }

  /** Send `bytes` as they are; resolves with what comes back for their message id, undefined after `limitMs`. */
  async exchange(bytes: Buffer, limitMs = 10_000): Promise<Message | undefined> {
    const id = bytes.length < 4 ? -1 : bytes.readUInt16BE(2)
    const { promise, resolve } = Promise.withResolvers<Message | undefined>()
    this.#waiting.set(id, (this.#waiting.get(id) ?? new Set()).add(resolve))
    const again = setInterval(() => this.#socket.send(bytes), AGAIN_MS)
    const end = setTimeout(() => resolve(undefined), limitMs)
    this.#socket.send(bytes)
    const reply = await promise
    clearInterval(again)
    clearTimeout(end)
    this.#waiting.get(id)?.delete(resolve)
    return reply
  }

  /** POST a body, in blocks when it is large, with Echo when it is asked for; the whole reply. */
  async post(path: 'batch' | 'question', body: Uint8Array): Promise<{ code: number; payload: Buffer }> {
    const blocks = Math.max(1, Math.ceil(body.length / BLOCK_BYTES))
    let reply: Message | undefined
    for (let number = 0; number < blocks; number++) {
      const hasMore = number < blocks - 1
      const block = { number: OPTION.block1, value: encodeBlock({ number, hasMore, sizeExponent: 6 }) }
      const part = body.subarray(number * BLOCK_BYTES, (number + 1) * BLOCK_BYTES)
      reply = await this.#request(path, part, blocks === 1 ? [] : [block])
      if (reply.code !== CODE.continue) break
    }
    const parts = [reply?.payload ?? Buffer.alloc(0)]
    for (let last = reply; last !== undefined; parts.push(last.payload)) {
      const block = parseBlock(optionOf(last, OPTION.block2) ?? Buffer.alloc(0))
      if (block?.hasMore !== true) break
      const next = encodeBlock({ ...block, number: block.number + 1, hasMore: false })
      last = await this.#request(path, Buffer.alloc(0), [{ number: OPTION.block2, value: next }])
    }
    return { code: reply?.code ?? 0, payload: Buffer.concat(parts) }
  }

  async #request(path: string, payload: Uint8Array, options: readonly Option[]): Promise<Message> {
    const send = async (more: readonly Option[]) => {
      const id = this.#id++
      const reply = await this.exchange(
        encodeMessage({
          type: TYPE.confirmable,
          code: CODE.post,
          id,
          token: Buffer.from([id >> 8, id & 0xff]),
          options: [{ number: OPTION.uriPath, value: Buffer.from(path) }, ...options, ...more],
          payload,
        }),
      )
      if (reply === undefined) throw new Error('no reply')
      return reply
    }
    const reply = await send([])
    const echo = optionOf(reply, OPTION.echo)
    return reply.code === CODE.unauthorized && echo !== undefined
      ? send([{ number: OPTION.echo, value: echo }])
      : reply
  }
}
