import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

export type ToChild = { readonly kind: 'nonce' }
export type FromChild = { readonly kind: 'up' } | { readonly kind: 'nonce'; readonly nonce: string }

export interface Doors {
  readonly mqttPort: number
  readonly coapPort: number
}

const PROGRAM = new URL('./hospital-child.ts', import.meta.url)

/** A hospital in a process of its own. */
export class HospitalProcess {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /** Start on what is in `dir`; resolves when its doors are open. */
  static async start(dir: string, { mqttPort, coapPort }: Doors): Promise<HospitalProcess> {
    const child = fork(PROGRAM, [dir, String(mqttPort), String(coapPort)])
    const failed = once(child, 'exit').then(() => {
      throw new Error('the hospital did not start')
    })
    await Promise.race([once(child, 'message'), failed])
    failed.catch(() => {})
    return new HospitalProcess(child)
  }

  async nonce(): Promise<string> {
    const answered = once(this.#child, 'message')
    this.#child.send({ kind: 'nonce' } satisfies ToChild)
    const [message] = (await answered) as [FromChild]
    if (message.kind !== 'nonce') throw new Error('not a nonce')
    return message.nonce
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** SIGKILL, and wait until it is gone. */
  async kill(): Promise<void> {
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await gone
  }
}
