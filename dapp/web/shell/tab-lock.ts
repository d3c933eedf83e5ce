import { signal } from '@preact/signals'

const NAME = 'hygeia-keys'

/** Only one tab of a browser uses the keys: two would sign with the same counters. */
export class TabLock {
  /** Undefined until the browser has said. */
  readonly isHeld = signal<boolean | undefined>(undefined)
  readonly #onTaken: () => void

  /** @param onTaken - another tab took over */
  constructor(onTaken: () => void) {
    this.#onTaken = onTaken
    this.#hold({ ifAvailable: true })
  }

  /** Use the keys here; the other tab locks. */
  take(): void {
    this.#hold({ steal: true })
  }

  #hold(options: LockOptions): void {
    navigator.locks
      .request(NAME, options, (granted) => {
        this.isHeld.value = granted !== null
        // Held for as long as the tab lives, unless another takes it.
        return granted === null ? undefined : new Promise<never>(() => {})
      })
      .catch(() => {
        this.isHeld.value = false
        this.#onTaken()
      })
  }
}
