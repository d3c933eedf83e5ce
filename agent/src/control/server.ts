import { rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import type { Logger } from '@hygeia/runtime/log'
import * as z from 'zod'
import { type ControlAnswer, ControlRequest } from './request.ts'

export interface ControlServerDeps {
  readonly handle: (request: ControlRequest) => Promise<ControlAnswer>
  readonly log: Logger
}

const REQUEST_LIMIT_BYTES = 4_096
const TIME_LIMIT_MS = 5_000
const CONNECTIONS_LIMIT = 8

/**
 * The socket at which the commands of this machine reach the running agent: one line of JSON in, one out. Who may write
 * to it is a matter of the file's group; it is not on any network.
 */
export class ControlServer {
  readonly #path: string
  readonly #deps: ControlServerDeps
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  constructor({ path }: { path: string }, deps: ControlServerDeps) {
    this.#path = path
    this.#deps = deps
    this.#server = createServer((socket) => this.#serve(socket))
    this.#server.maxConnections = CONNECTIONS_LIMIT
  }

  /** @throws {Error} when the path cannot be had */
  async start(): Promise<void> {
    // Of an agent that was killed; the lock on the state says that no other runs.
    await rm(this.#path, { force: true })
    const listening = new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).once('listening', resolve)
    })
    // Nobody else may write to it from its first moment.
    const before = process.umask(0o117)
    this.#server.listen(this.#path)
    process.umask(before)
    await listening
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    socket.setTimeout(TIME_LIMIT_MS, () => socket.destroy())
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    let text = ''
    let isAsked = false
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      if (isAsked) return
      text += chunk
      const end = text.indexOf('\n')
      if (end < 0 && text.length <= REQUEST_LIMIT_BYTES) return
      isAsked = true
      const answering =
        end < 0 || end > REQUEST_LIMIT_BYTES
          ? Promise.resolve(refused('TOO_LARGE', 'too long'))
          : this.#answer(text.slice(0, end))
      void answering.then((answer) => socket.end(`${JSON.stringify(answer)}\n`))
    })
  }

  async #answer(line: string): Promise<ControlAnswer> {
    const parsed = ControlRequest.safeParse(fromJson(line))
    if (!parsed.success) return refused('MALFORMED', z.prettifyError(parsed.error))
    try {
      return await this.#deps.handle(parsed.data)
    } catch (err) {
      this.#deps.log.error({ err, kind: parsed.data.kind }, 'a command failed')
      return refused('NOT_READY', 'the agent could not answer; see its log')
    }
  }
}

function fromJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function refused(fault: Extract<ControlAnswer, { ok: false }>['fault'], message: string): ControlAnswer {
  return { ok: false, fault, message }
}
