import { MINUTE_MS } from '@hygeia/protocol/units'
import { signal } from '@preact/signals'
import { lock, standing } from './session.ts'

export const IDLE_MINUTES = [2, 5, 10, 30] as const
/** For a screen on a ward, which alarms are read from: a shift. */
export const SHIFT_MINUTES = 720
const STORED = 'hygeia-idle-minutes'
const DEFAULT_MINUTES = 10
const SIGNS = ['pointerdown', 'keydown', 'wheel', 'touchstart'] as const
const LOOK_MS = 5_000

const stored = Number(localStorage.getItem(STORED))
/** Minutes without use after which the keys are locked. */
export const idleMinutes = signal<number>(
  [...IDLE_MINUTES, SHIFT_MINUTES].includes(stored) ? stored : DEFAULT_MINUTES,
)

export function chooseIdle(minutes: number): void {
  idleMinutes.value = minutes
  localStorage.setItem(STORED, String(minutes))
}

/** Lock when nobody was here for so long. Time asleep counts: the wall clock is looked at, not timers. */
export function watchIdle(): void {
  let last = Date.now()
  for (const sign of SIGNS)
    addEventListener(sign, () => (last = Date.now()), { passive: true, capture: true })
  setInterval(() => {
    const isOver = Date.now() - last >= idleMinutes.value * MINUTE_MS
    if (isOver && standing.value?.state === 'open') lock(true)
  }, LOOK_MS)
}
