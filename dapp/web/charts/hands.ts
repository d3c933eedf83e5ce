import { SECOND_MS } from '@hygeia/protocol/units'
import type { Signal } from '@preact/signals'
import type { Plot } from './plot.ts'
import type { WindowMover } from './window.ts'

/** A wheel that moved so far doubles or halves. */
const WHEEL_PX = 400
/** Parts of what is shown by which a key moves the cursor. */
const CURSOR_STEP = 0.01

/** Shift and an arrow move the cursor. @returns whether the key meant anything */
function pointByKey(
  { key, shiftKey }: KeyboardEvent,
  mover: WindowMover,
  plot: Plot,
  cursor: Signal<number | undefined> | undefined,
): boolean {
  if (cursor === undefined || !shiftKey || (key !== 'ArrowLeft' && key !== 'ArrowRight')) return false
  const { from, to } = mover.shown.value
  const step = ((to - from) / SECOND_MS) * CURSOR_STEP * (key === 'ArrowLeft' ? -1 : 1)
  const at = (cursor.peek() ?? (from + to) / 2 / SECOND_MS) + step
  plot.point(Math.min(Math.max(at, from / SECOND_MS), to / SECOND_MS))
  return true
}

/** Drag moves, the wheel zooms, and so do keys. @returns ends it */
export function followHands(
  element: HTMLElement,
  mover: WindowMover,
  plot: Plot,
  cursor: Signal<number | undefined> | undefined,
): () => void {
  const ended = new AbortController()
  const options = { signal: ended.signal }
  let last: number | undefined
  element.addEventListener(
    'wheel',
    (event) => {
      // A page that is scrolled past is not to be caught: zooming takes a modifier, as maps have it.
      if (!event.ctrlKey && !event.metaKey) return
      event.preventDefault()
      mover.zoom(plot.timeAt(event.clientX) * SECOND_MS, 2 ** (-event.deltaY / WHEEL_PX))
    },
    { ...options, passive: false },
  )
  element.addEventListener(
    'pointerdown',
    (event) => {
      last = event.clientX
      element.setPointerCapture(event.pointerId)
    },
    options,
  )
  element.addEventListener(
    'pointermove',
    ({ clientX }) => {
      if (last === undefined) return
      const { from, to } = mover.shown.value
      mover.pan(((last - clientX) / plot.widthPx) * (to - from))
      last = clientX
    },
    options,
  )
  for (const over of ['pointerup', 'pointercancel'] as const) {
    element.addEventListener(over, () => (last = undefined), options)
  }
  element.addEventListener('dblclick', () => mover.key('Home'), options)
  element.addEventListener(
    'keydown',
    (event) => {
      if (pointByKey(event, mover, plot, cursor) || mover.key(event.key)) event.preventDefault()
    },
    options,
  )
  return () => ended.abort()
}
