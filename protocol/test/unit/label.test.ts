import t from 'tap'
import {
  asLabel,
  formatLabel,
  LABEL_LIMIT,
  type Month,
  monthEnd,
  monthOf,
  monthsFrom,
  parseLabel,
} from '../../src/label.ts'
import type { UnixMs } from '../../src/units.ts'

t.test('a label is category, month and generation', async (t) => {
  const text = 'vitals/2026-01/12'
  const parts = parseLabel(text)
  t.same(parts, { category: 'vitals', month: '2026-01', generation: 12 })
  t.equal(formatLabel(parts), text)
  t.equal(asLabel(text), text)
  t.equal(
    asLabel('environment/9999-12/999999999').length <= LABEL_LIMIT,
    true,
    'the longest is within the limit',
  )
})

t.test('a label in any other form is refused', async (t) => {
  const wrong = [
    '',
    'vitals',
    'vitals/2026-01',
    'vitals/2026-01/',
    'vitals/2026-01/01',
    'vitals/2026-01/-1',
    'vitals/2026-01/1000000000',
    'vitals/2026-1/0',
    'vitals/2026-00/0',
    'vitals/2026-13/0',
    'vitals/1969-12/0',
    'vitals/0050-01/0',
    'Vitals/2026-01/0',
    'moods/2026-01/0',
    'vitals/2026-01/0/',
    'vitals/2026-01/0\n',
    '/2026-01/0',
  ]
  for (const text of wrong) t.throws(() => asLabel(text), { code: 'MALFORMED' }, JSON.stringify(text))
})

t.test('months are of UTC and follow each other', async (t) => {
  const end = Date.UTC(2026, 0) as UnixMs
  t.equal(monthOf((end - 1) as UnixMs), '2025-12')
  t.equal(monthOf(end), '2026-01')
  t.equal(monthEnd('2025-12' as Month), end)
  t.equal(monthEnd('2024-02' as Month), Date.UTC(2024, 2), 'a leap year')
  t.same(monthsFrom('2025-11' as Month, 4), ['2025-11', '2025-12', '2026-01', '2026-02'])
  t.same(monthsFrom('2025-11' as Month, 0), [])
})
