import { Timeline } from '@hygeia/agent/sampling/timeline'
import type { MonotonicMs } from '@hygeia/protocol/units'
import t from 'tap'

const ms = (value: number) => value as MonotonicMs

/** Bursts of a chip whose real period is `realMs`, each told up to `lateMs` late in a fixed pattern. */
function laid(timeline: Timeline, { realMs, bursts, length, lateMs }: Record<string, number>) {
  const errors: number[] = []
  const times: number[] = []
  for (let burst = 1; burst <= (bursts ?? 0); burst++) {
    const newest = 1_000 + burst * (length ?? 1) * (realMs ?? 1)
    const late = (((burst * 7919) % 13) / 13) * (lateMs ?? 0)
    const { at } = timeline.lay(length ?? 1, ms(newest + late))
    times.push(...at)
    errors.push((at.at(-1) ?? 0) - newest)
  }
  return { errors, times }
}

for (const off of [-0.08, -0.015, 0, 0.02, 0.08]) {
  t.test(`a chip that is ${off * 100} % off is followed to its real period`, (t) => {
    const timeline = new Timeline({ periodMs: 4, tolerance: 0.1 })
    const realMs = 4 * (1 + off)
    const { errors, times } = laid(timeline, { realMs, bursts: 600, length: 25, lateMs: 3 })
    t.ok(Math.abs(timeline.periodMs - realMs) < 0.002 * realMs, `${timeline.periodMs} of ${realMs} ms`)
    t.ok(
      errors.slice(100).every((error) => error > -2 && error < 5),
      'and no time drifts away',
    )
    t.ok(
      times.every((at, index) => index === 0 || at > (times[index - 1] ?? 0)),
      'times only rise',
    )
    t.end()
  })
}

t.test('once the rate is known, values are even to the ms, however unevenly they are told', (t) => {
  const timeline = new Timeline({ periodMs: 10, tolerance: 0.1 })
  const { times } = laid(timeline, { realMs: 10, bursts: 400, length: 17, lateMs: 8 })
  const steps = times.slice(17 * 200).map((at, index, all) => at - (all[index - 1] ?? at - 10))
  t.ok(
    steps.every((step) => step >= 9 && step <= 11),
    `${Math.min(...steps)} to ${Math.max(...steps)} ms`,
  )
  t.end()
})

t.test('a hole is told, and time goes on after it', (t) => {
  const timeline = new Timeline({ periodMs: 4, tolerance: 0.1 })
  laid(timeline, { realMs: 4, bursts: 50, length: 25, lateMs: 0 })
  const { at, isAfterGap } = timeline.lay(25, ms(1_000 + 50 * 100 + 100 + 500))
  t.ok(isAfterGap)
  t.same([at[0], at[24]], [6_600 - 24 * 4, 6_600])
  t.end()
})

t.test('after a restart nothing is laid before what was', (t) => {
  const timeline = new Timeline({ periodMs: 4, tolerance: 0.1 })
  timeline.lay(25, ms(1_000))
  timeline.restart()
  t.equal(timeline.gap(ms(1_000)), 1_001)
  const { at } = timeline.lay(3, ms(1_003))
  t.same([...at], [1_002, 1_003, 1_004])
  t.end()
})
