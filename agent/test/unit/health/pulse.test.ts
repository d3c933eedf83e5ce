import { OVERDUE_MS, type PulsingSampling, pulseOf } from '@hygeia/agent/health/pulse'
import type { MonotonicMs } from '@hygeia/protocol/units'
import t from 'tap'

const at = (ms: number) => ms as MonotonicMs
const sampling: PulsingSampling = {
  ticks: 60,
  tickAtMonotonicMs: at(61_000),
  atMonotonicMs: 60_500,
  isHeldBack: false,
  hasEnded: false,
}
const delivery = { pipeline: { trouble: undefined } }
const pulse = (changes: Partial<PulsingSampling>, trouble?: 'SPOOL_FULL' | 'NO_LABEL_KEY') =>
  pulseOf({ ...sampling, ...changes }, { pipeline: { trouble } })

t.test('an agent works once a first tick is behind it', async (t) => {
  t.equal(pulseOf(undefined, undefined), 'starting')
  t.equal(pulse({ ticks: 0 }), 'starting')
  t.equal(pulse({ ticks: 1 }), 'moving')
  t.equal(pulseOf(sampling, undefined), 'moving')
})

t.test('a tick that does not come is waited for, and then it is a hang', async (t) => {
  const late = (ms: number) => ({ atMonotonicMs: 61_000 + ms })
  t.equal(pulse(late(OVERDUE_MS)), 'moving')
  t.equal(pulse(late(OVERDUE_MS + 1)), 'still')
  t.equal(pulse({ ...late(OVERDUE_MS + 1), ticks: 0 }), 'still', 'also before the first')
})

t.test('a channel that is read every hour does not hang in between', async (t) => {
  t.equal(pulse({ tickAtMonotonicMs: at(3_600_000), atMonotonicMs: 600_000 }), 'moving')
})

t.test('waiting for room or keys is no hang; waiting for nothing that has a name is', async (t) => {
  const held = { isHeldBack: true, atMonotonicMs: 600_000 }
  t.equal(pulse(held, 'SPOOL_FULL'), 'moving')
  t.equal(pulse(held, 'NO_LABEL_KEY'), 'moving')
  t.equal(pulseOf({ ...sampling, ...held }, delivery), 'still')
  t.equal(
    pulse({ ...held, isHeldBack: false }, 'SPOOL_FULL'),
    'still',
    'trouble excuses only who waits for it',
  )
})

t.test('with only events to wait for, and after a recording, it rests', async (t) => {
  t.equal(pulse({ tickAtMonotonicMs: undefined, ticks: 0 }), 'moving')
  t.equal(pulse({ hasEnded: true, atMonotonicMs: 900_000 }), 'moving')
})
