import type { Grant } from '@hygeia/protocol/grant/grant'
import type { Hex32 } from '@hygeia/protocol/ids'
import { HOUR_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { standingOf } from '../../../src/grants/standing.ts'

const opened = Date.UTC(2026, 0, 10) as UnixMs
const reason = `0x${'17'.repeat(32)}` as Hex32
const terms = { accessTo: (opened + 100 * HOUR_MS) as UnixMs } as Grant
const sealed = { ...terms, emergencyMs: 4 * HOUR_MS } as Grant
const hash = reason
const never = async () => ({ openedAt: 0, reason: `0x${'00'.repeat(32)}` as Hex32 })
const once = async () => ({ openedAt: opened / 1_000, reason })
const after = (hours: number) => (opened + hours * HOUR_MS) as UnixMs

t.test('a grant for emergencies is sealed until it is opened, and again when its time is over', async (t) => {
  const record = { hash, grant: sealed, state: 'active' as const }
  t.same(await standingOf(record, after(0), never), { standing: 'sealed' })
  t.same(await standingOf(record, after(0), once), { standing: 'active', openedFor: reason })
  const last = (after(4) - 1) as UnixMs
  t.same(await standingOf(record, last, once), { standing: 'active', openedFor: reason })
  t.same(await standingOf(record, after(4), once), { standing: 'sealed' })
})

t.test('an opened one ends with its access, and with its revocation', async (t) => {
  const short = { ...sealed, accessTo: after(1) } as Grant
  t.same(await standingOf({ hash, grant: short, state: 'active' }, after(1), once), { standing: 'expired' })
  t.same(await standingOf({ hash, grant: sealed, state: 'revoked' }, after(0), once), { standing: 'revoked' })
  t.same(await standingOf({ hash, grant: sealed, state: 'pending' }, after(0), once), { standing: 'pending' })
})

t.test('no other grant is asked for an emergency', async (t) => {
  const asked = () => t.fail('not asked') as never
  t.same(await standingOf({ hash, grant: terms, state: 'active' }, after(0), asked), { standing: 'active' })
})
