import type { ControlAnswer, ControlRequest } from './request.ts'

const TIME_LIMIT_MS = 4_000

/** Takes requests to the worker that samples, and its answers back. */
export class Forward {
  readonly #waiting = new Map<number, (answer: ControlAnswer) => void>()
  readonly #send: (number: number, request: ControlRequest) => void
  #number = 0

  constructor({ send }: { send: (number: number, request: ControlRequest) => void }) {
    this.#send = send
  }

  /** @returns `NOT_READY` when the worker does not answer in time */
  ask(request: ControlRequest): Promise<ControlAnswer> {
    const number = ++this.#number
    return new Promise((resolve) => {
      const settle = (answer: ControlAnswer) => {
        clearTimeout(timer)
        this.#waiting.delete(number)
        resolve(answer)
      }
      const timer = setTimeout(
        () => settle({ ok: false, fault: 'NOT_READY', message: 'sampling does not answer' }),
        TIME_LIMIT_MS,
      )
      this.#waiting.set(number, settle)
      this.#send(number, request)
    })
  }

  answered(number: number, answer: ControlAnswer): void {
    this.#waiting.get(number)?.(answer)
  }
}
