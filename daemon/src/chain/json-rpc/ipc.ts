import { connect, type Socket } from 'node:net'
import { down, RpcAnswer, resultOf } from './answer.ts'
import type { RpcTransport } from './transport.ts'

const TIMEOUT_MS = 30_000
/** Of an answer: logs of many blocks are the largest. */
const LIMIT_CHARS = 64 * 1_048_576

interface Waiting {
  readonly timer: NodeJS.Timeout
  resolve(result: unknown): void
  reject(cause: unknown): void
}

/**
 * JSON-RPC over the unix socket of a node: a line for each call, a line for each answer. The connection is made with the
 * first call, and anew after it broke.
 *
 * @see geth, "Inter-process communication": its encoder ends each answer with a newline and writes none within
 */
export class IpcTransport implements RpcTransport {
  readonly #path: string
  readonly #waiting = new Map<number, Waiting>()
  #connecting: Promise<Socket> | undefined
  #calls = 0
  #isClosed = false

  /** @param path - of the socket; 107 bytes at most, as the kernel has it */
  constructor({ path }: { path: string }) {
    this.#path = path
  }

  async call(method: string, params: readonly unknown[]): Promise<unknown> {
    if (this.#isClosed) throw down('stopped')
    this.#connecting ??= this.#connect()
    const socket = await this.#connecting
    const id = this.#calls++
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id)
        reject(down(`no answer to ${method} for ${TIMEOUT_MS / 1_000} s`))
      }, TIMEOUT_MS)
      this.#waiting.set(id, { timer, resolve, reject })
      socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`)
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const socket = await this.#connecting?.catch(() => undefined)
    socket?.destroy()
  }

  #connect(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#path)
      let rest: string[] = []
      let chars = 0
      socket.setEncoding('utf8')
      socket.once('connect', () => resolve(socket))
      socket.on('data', (chunk: string) => {
        const lines = chunk.split('\n')
        const last = lines.pop() ?? ''
        try {
          for (const line of lines) {
            this.#answer(rest.join('') + line)
            rest = []
            chars = 0
          }
        } catch (cause) {
          socket.destroy(new Error('an answer is not JSON-RPC', { cause }))
          return
        }
        rest.push(last)
        chars += last.length
        if (chars > LIMIT_CHARS) socket.destroy(new Error('an answer is too large'))
      })
      socket.once('error', (cause) => {
        reject(down(cause.message, cause))
        this.#lost(cause)
      })
      socket.once('close', () => this.#lost())
    })
  }

  #answer(line: string): void {
    if (line === '') return
    const answer = RpcAnswer.parse(JSON.parse(line))
    const waiting = this.#waiting.get(Number(answer.id))
    if (waiting === undefined) return
    this.#waiting.delete(Number(answer.id))
    clearTimeout(waiting.timer)
    try {
      waiting.resolve(resultOf(answer))
    } catch (cause) {
      waiting.reject(cause)
    }
  }

  #lost(cause?: Error): void {
    this.#connecting = undefined
    for (const { timer, reject } of this.#waiting.values()) {
      clearTimeout(timer)
      reject(down(cause?.message ?? 'the connection ended', cause))
    }
    this.#waiting.clear()
  }
}
