import type { UnixMs } from '@hygeia/protocol/units'
import { systemClock } from '@hygeia/runtime/clock'
import t from 'tap'
import type { Head } from '../../src/chain/engine.ts'
import { checkCertificateClock, checkChainClock } from '../../src/clock-check.ts'

const NOW = Date.UTC(2026, 10, 22, 12)
const clock = { ...systemClock, now: () => NOW as UnixMs }
const headAt = (timestamp: number) => ({ head: { timestamp } as Head })

t.test(
  'a clock behind the newest block by more than a minute is refused, and says by how much',
  async (t) => {
    t.throws(() => checkChainClock(headAt(NOW / 1_000 + 3_600), clock), {
      code: 'CLOCK_BEHIND',
      message: /60 min behind/,
    })
    t.doesNotThrow(() => checkChainClock(headAt(NOW / 1_000 + 60), clock))
    t.doesNotThrow(() => checkChainClock(headAt(0), clock))
  },
)

t.test('a clock from before the certificate was made is refused', async (t) => {
  t.throws(() => checkCertificateClock({ notBefore: new Date(NOW + 86_400_000) }, clock), {
    code: 'CLOCK_BEHIND',
  })
  t.doesNotThrow(() => checkCertificateClock({ notBefore: new Date(NOW - 86_400_000) }, clock))
})
