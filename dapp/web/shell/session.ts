import { effect, signal } from '@preact/signals'
import type { Standing } from '../worker/vault.ts'
import { Room } from './room.ts'
import { TabLock } from './tab-lock.ts'

/** The one worker of this tab. A locked one is ended and another takes its place. */
export const room = signal<Room>(new Room())
/** What is known of the keys; undefined until the worker has said. */
export const standing = signal<Standing | undefined>(undefined)
/** Whether the keys were locked because nobody was here. */
export const wasIdle = signal(false)

/** Whether this tab is the one that uses the keys. */
export const tab = new TabLock(() => lock())

/** Forget the keys: they are in no memory afterwards. */
export function lock(isIdle = false): void {
  const isOpen = standing.value?.state === 'open'
  room.value.end()
  standing.value = undefined
  wasIdle.value = isIdle && isOpen
  room.value = new Room()
}

/** Ask each new worker how things stand. */
effect(() => {
  const asked = room.value
  if (!tab.isHeld.value) return
  asked.vault.standing().then(
    (found) => {
      if (room.value === asked) standing.value = found
    },
    // It ended: another is asked.
    () => {},
  )
})

/** Once there is something to see, and to press. */
export function whenShown(work: () => void): void {
  const stop = effect(() => {
    if (standing.value === undefined && tab.isHeld.value !== false) return
    queueMicrotask(() => {
      stop()
      setTimeout(work)
    })
  })
}
