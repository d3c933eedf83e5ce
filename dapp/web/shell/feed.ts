import { effect, signal } from '@preact/signals'
import type { Events } from '../worker/told.ts'
import { now } from './clock.ts'
import { room } from './session.ts'

/** What the worker said last of whether anybody tells us anything. */
export const feed = signal<Events['feed'] | undefined>(undefined)
/** Counts changes of the readings: whoever shows some asks for them again. */
export const readingsChange = signal(0)
/** Counts changes of permissions and of the audit log. */
export const noticeChange = signal(0)
export const isStoreFull = signal(false)

effect(() => {
  const heard = room.value
  feed.value = undefined
  readingsChange.value = 0
  isStoreFull.value = false
  const stops = [
    heard.on('feed', (told) => {
      feed.value = told
    }),
    heard.on('readings', (told) => {
      isStoreFull.value = told.isStoreFull
      readingsChange.value = readingsChange.peek() + 1
      now.value = Date.now()
    }),
    heard.on('notice', () => {
      noticeChange.value = noticeChange.peek() + 1
    }),
  ]
  return () => {
    for (const stop of stops) stop()
  }
})
