import { randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import { Agent, type IncomingMessage } from 'coap'
import { UplinkError } from '../errors.ts'

export interface CoapClientOptions {
  readonly host: string
  readonly port: number
  /** Longest wait for the answer to one request, with all its blocks and repetitions. */
  readonly timeoutMs: number
}

/** 1024 bytes, the largest block of RFC 7959; the exponent is counted from 16. */
const BLOCK_BYTES = 1_024
const BLOCK_EXPONENT = 6

/** Option numbers that the library has no names for. @see RFC 9175 */
const ECHO: string = '252'
const REQUEST_TAG = '292'
const UNAUTHORIZED = '4.01'

export interface CoapAnswer {
  /** `2.04` and the like. */
  readonly code: string
  readonly payload: Uint8Array
  /** To be sent back in the next request: the server wants to know that this address is real. */
  readonly echo: Buffer | undefined
}

/** Confirmable requests to one server from one socket, which stays: the library's own would close when idle. */
export class CoapClient {
  readonly #options: CoapClientOptions
  readonly #agent: Agent
  readonly #socket: Socket
  readonly #pending = new Set<(cause: Error) => void>()

  constructor(options: CoapClientOptions, { onFault }: { onFault: (cause: unknown) => void }) {
    this.#options = options
    const type = isIPv6(options.host) ? 'udp6' : 'udp4'
    this.#socket = createSocket(type)
    this.#agent = new Agent({ type, socket: this.#socket })
    this.#agent.on('error', onFault)
    guard(this.#socket, onFault)
  }

  /**
   * POST, and prove this address when the server asks for that.
   *
   * @throws {UplinkError} `NO_ANSWER`
   */
  async post(path: string, payload: Uint8Array): Promise<CoapAnswer> {
    const answer = await this.#exchange(path, payload, undefined)
    if (answer.code !== UNAUTHORIZED || answer.echo === undefined) return answer
    return this.#exchange(path, payload, answer.echo)
  }

  async #exchange(path: string, payload: Uint8Array, echo: Buffer | undefined): Promise<CoapAnswer> {
    const { host, port, timeoutMs } = this.#options
    const request = this.#agent.request({ host, port, pathname: path, method: 'POST', confirmable: true })
    if (echo !== undefined) request.setOption(ECHO, echo)
    if (payload.length > BLOCK_BYTES) {
      request.setOption('Block1', Buffer.of(BLOCK_EXPONENT))
      // Several uploads to one path are told apart by it.
      request.setOption(REQUEST_TAG, randomBytes(8))
    }
    let timer: NodeJS.Timeout | undefined
    let onClose: ((cause: Error) => void) | undefined
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        const noAnswer = () => reject(new UplinkError('no answer', { code: 'NO_ANSWER' }))
        onClose = reject
        this.#pending.add(reject)
        timer = setTimeout(noAnswer, timeoutMs)
        request.on('timeout', noAnswer)
        request.on('error', reject)
        request.on('response', resolve)
        request.end(Buffer.from(payload))
      })
      if (response.code === '0.00') throw new UplinkError('reset', { code: 'ODD_ANSWER', status: 'reset' })
      const echoed = response._packet.options?.find(({ name }) => name === ECHO)?.value
      const { code } = response
      return { code, payload: response.payload, echo: Buffer.isBuffer(echoed) ? echoed : undefined }
    } catch (cause) {
      this.#forget(request)
      throw cause
    } finally {
      clearTimeout(timer)
      if (onClose !== undefined) this.#pending.delete(onClose)
    }
  }

  async close(): Promise<void> {
    for (const reject of this.#pending) reject(new UplinkError('closed', { code: 'LINK_LOST' }))
    // Let the requests clean up before there is no socket to do it on.
    await new Promise((resolve) => setImmediate(resolve))
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()))
  }

  #forget(request: Parameters<Agent['abort']>[0]): void {
    // A late error of a request that nobody waits for must not end the process.
    request.on('error', () => {})
    this.#agent.abort(request)
  }
}

/** Malformed datagrams and endless repetitions throw inside the library's own listener: they end here. */
function guard(socket: Socket, onFault: (cause: unknown) => void): void {
  for (const listener of socket.listeners('message')) {
    socket.removeListener('message', listener as (...args: unknown[]) => void)
    socket.on('message', (...datagram: unknown[]) => {
      try {
        listener.apply(socket, datagram)
      } catch (cause) {
        onFault(cause)
      }
    })
  }
}
