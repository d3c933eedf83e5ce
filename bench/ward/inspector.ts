import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { OwnProcess } from '@hygeia/test/process'

/** Bytes that a process holds after a full garbage collection. */
export interface HeldBytes {
  readonly heapUsed: number
  readonly external: number
  readonly rss: number
}

const OPENING_MS = 5_000

/** Looks at another Node process's memory through its inspector. */
export class Inspector {
  readonly #socket: WebSocket
  #id = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
  }

  /** @param observed - started with an inspector port, and not being inspected yet */
  static async attach(observed: OwnProcess): Promise<Inspector> {
    process.kill(observed.pid, 'SIGUSR1')
    const deadline = performance.now() + OPENING_MS
    for (;;) {
      const [url] = /ws:\/\/[\d.]+:\d+\/[\da-f-]+/.exec(await observed.tail(10_000)) ?? []
      if (url !== undefined) {
        const socket = new WebSocket(url)
        await once(socket, 'open')
        return new Inspector(socket)
      }
      if (performance.now() > deadline) throw new Error('the inspector did not open')
      await delay(50)
    }
  }

  async heldBytes(): Promise<HeldBytes> {
    // Twice: what the first finds dead may free what the second finds.
    await this.#ask('HeapProfiler.collectGarbage', {})
    await delay(500)
    await this.#ask('HeapProfiler.collectGarbage', {})
    const expression = 'JSON.stringify(process.memoryUsage())'
    const answer = await this.#ask('Runtime.evaluate', { expression })
    const { heapUsed, external, rss } = JSON.parse(String(Object(Object(answer).result).value))
    return { heapUsed, external, rss }
  }

  close(): void {
    this.#socket.close()
  }

  #ask(method: string, params: object): Promise<unknown> {
    const id = ++this.#id
    return new Promise((resolve, reject) => {
      const onMessage = ({ data }: MessageEvent) => {
        const answer = JSON.parse(String(data))
        if (answer.id !== id) return
        this.#socket.removeEventListener('message', onMessage)
        if (answer.error === undefined) resolve(answer.result)
        else reject(new Error(answer.error.message))
      }
      this.#socket.addEventListener('message', onMessage)
      this.#socket.addEventListener('close', () => reject(new Error('the inspector closed')), { once: true })
      this.#socket.send(JSON.stringify({ id, method, params }))
    })
  }
}
