import type { Notice } from './notice.ts'

/** One way out for notices. */
export interface Channel {
  /** In metrics: `webhook`, `push`. */
  readonly name: string
  /**
   * Tell it once; the same `id` again is the same notice.
   *
   * @throws when it was not taken and is to be tried again
   */
  tell(id: string, notice: Notice, signal: AbortSignal): Promise<void>
}
