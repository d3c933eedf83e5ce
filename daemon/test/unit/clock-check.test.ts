import { DAY_MS, type UnixMs } from '@hygeia/protocol/units'
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

t.test('a clock outside of the life of the certificate is refused', async (t) => {
  const certificate = (fromMs: number, toMs: number) => ({
    notBefore: new Date(NOW + fromMs),
    notAfter: new Date(NOW + toMs),
  })
  const early = certificate(DAY_MS, 2 * DAY_MS)
  t.throws(() => checkCertificateClock(early, clock), { code: 'CLOCK_BEHIND' })
  const late = certificate(-2 * DAY_MS, -DAY_MS)
  t.throws(() => checkCertificateClock(late, clock), {
    code: 'CERTIFICATE_ENDED',
    message: /ended on 2026-11-21, and the clock of this machine says 2026-11-22/,
  })
  t.doesNotThrow(() => checkCertificateClock(certificate(-DAY_MS, DAY_MS), clock))
})
