import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

export type ToChild = { readonly kind: 'nonce' }
export type FromChild =
  | { readonly kind: 'up'; readonly mqttPort: number; readonly coapPort: number }
  | { readonly kind: 'nonce'; readonly nonce: string }

const PROGRAM = new URL('./hospital-child.ts', import.meta.url)

/** A hospital in a process of its own. */
export class HospitalProcess {
  readonly #child: ChildProcess
  readonly mqttPort: number
  readonly coapPort: number

  private constructor(child: ChildProcess, { mqttPort, coapPort }: Extract<FromChild, { kind: 'up' }>) {
    this.#child = child
    this.mqttPort = mqttPort
    this.coapPort = coapPort
  }

  /** Start on what is in `dir`; resolves when its doors are open. */
  static async start(dir: string, ports = { mqttPort: 0, coapPort: 0 }): Promise<HospitalProcess> {
    const child = fork(PROGRAM, [dir, String(ports.mqttPort), String(ports.coapPort)])
    const failed = once(child, 'exit').then(() => {
      throw new Error('the hospital did not start')
    })
    const [up] = (await Promise.race([once(child, 'message'), failed])) as [
      Extract<FromChild, { kind: 'up' }>,
    ]
    failed.catch(() => {})
    return new HospitalProcess(child, up)
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
