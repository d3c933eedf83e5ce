import { effect, signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { RoomError } from '../../shell/room.ts'
import { room } from '../../shell/session.ts'
import { explain } from '../../shell/trouble.ts'

/** Answers that are so much older than they should be are said to be old. */
const STALE_TURNS = 3

/** Something at the hospital that is looked at again and again while a page shows it. */
export class Look<T> {
  /** The newest answer; undefined until there is one. */
  readonly value = signal<T | undefined>(undefined)
  /** When it came, ms since the Unix epoch. */
  readonly seenAt = signal<number | undefined>(undefined)
  /** Why the last question was not answered, in words. */
  readonly trouble = signal<string | undefined>(undefined)
  readonly everyMs: number
  readonly #read: () => Promise<T>
  #watchers = 0
  #timer: ReturnType<typeof setInterval> | undefined
  #asking: Promise<void> | undefined

  constructor(everyMs: number, read: () => Promise<T>) {
    this.everyMs = everyMs
    this.#read = read
    // What one person saw is not shown to the next.
    effect(() => {
      void room.value
      this.value.value = undefined
      this.seenAt.value = undefined
      this.trouble.value = undefined
      this.#asking = undefined
    })
  }

  /** @param now - ms since the Unix epoch */
  isStale(now: number): boolean {
    const seen = this.seenAt.value
    return seen !== undefined && now - seen > STALE_TURNS * this.everyMs
  }

  /** @returns what stops it */
  watch(): () => void {
    this.#watchers++
    if (this.#watchers === 1) {
      void this.again()
      this.#timer = setInterval(() => {
        if (!document.hidden) void this.again()
      }, this.everyMs)
      document.addEventListener('visibilitychange', this.#onVisible)
    }
    return () => {
      this.#watchers--
      if (this.#watchers > 0) return
      clearInterval(this.#timer)
      document.removeEventListener('visibilitychange', this.#onVisible)
    }
  }

  /** Look now; resolves when it was answered, or was not. */
  again(): Promise<void> {
    this.#asking ??= this.#ask()
    return this.#asking
  }

  readonly #onVisible = () => {
    if (!document.hidden) void this.again()
  }

  async #ask(): Promise<void> {
    const asked = room.value
    try {
      const value = await this.#read()
      if (room.value !== asked) return
      this.value.value = value
      this.seenAt.value = Date.now()
      this.trouble.value = undefined
    } catch (cause) {
      const isOver = cause instanceof RoomError && cause.code === 'WORKER_ENDED'
      if (room.value === asked && !isOver) this.trouble.value = explain(cause)
    } finally {
      if (room.value === asked) this.#asking = undefined
    }
  }
}

/** Look at it for as long as the page that asks is shown. */
export function useLook<T>(look: Look<T>): Look<T> {
  useEffect(() => look.watch(), [look])
  return look
}
