import { createConnection, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { z } from 'zod'

const Message = z.looseObject({
  return: z.unknown().optional(),
  error: z.looseObject({ class: z.string(), desc: z.string() }).optional(),
  event: z.string().optional(),
})
type Message = z.infer<typeof Message>

/** Orders for a machine that QEMU runs, one at a time. @see QEMU Machine Protocol specification, §2 */
export class Qmp {
  readonly #socket: Socket
  readonly #messages: AsyncIterator<string>

  private constructor(socket: Socket) {
    this.#socket = socket
    this.#messages = createInterface({ input: socket })[Symbol.asyncIterator]()
  }

  /** @param path - socket that QEMU listens on */
  static async connect(path: string): Promise<Qmp> {
    const socket = createConnection(path)
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
    })
    const qmp = new Qmp(socket)
    // Its greeting; it takes nothing else before the capabilities were negotiated.
    await qmp.#next()
    await qmp.execute('qmp_capabilities')
    return qmp
  }

  /** @throws {Error} when QEMU refuses, or is gone */
  async execute(command: string, words: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    this.#socket.write(`${JSON.stringify({ execute: command, arguments: words })}\n`)
    for (;;) {
      const message = await this.#next()
      if (message.event !== undefined) continue
      if (message.error !== undefined) throw new Error(`QEMU refuses ${command}: ${message.error.desc}`)
      return message.return
    }
  }

  close(): void {
    this.#socket.destroy()
  }

  async #next(): Promise<Message> {
    const { value, done } = await this.#messages.next()
    if (done === true) throw new Error('QEMU is gone')
    return Message.parse(JSON.parse(value))
  }
}
