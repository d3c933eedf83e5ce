import t from 'tap'
import { dateTest, type Range } from '../../../src/fhir/served/date.ts'

const at = (from: string, to = from): Range => ({ from: Date.parse(from), to: Date.parse(to) })

// FHIR R4, search, table under "Prefixes", and what it says of the implicit range of a date.
const table: readonly (readonly [parameter: string, range: Range, fits: boolean])[] = [
  ['2013-01-14', at('2013-01-14T00:00:00Z'), true],
  ['2013-01-14', at('2013-01-14T10:00:00Z'), true],
  ['2013-01-14', at('2013-01-14T23:59:59.999Z'), true],
  ['2013-01-14', at('2013-01-15T00:00:00Z'), false],
  ['2013-01-14', at('2013-01-13T23:00:00Z', '2013-01-14T01:00:00Z'), false],
  ['ne2013-01-14', at('2013-01-15T00:00:00Z'), true],
  ['ne2013-01-14', at('2013-01-14T00:00:00Z'), false],
  ['lt2013-01-14T10:00Z', at('2013-01-14T09:59:59.999Z'), true],
  ['lt2013-01-14T10:00Z', at('2013-01-14T10:00:00Z'), false],
  ['gt2013-01-14T10:00Z', at('2013-01-14T10:00:59.999Z'), false],
  ['gt2013-01-14T10:00Z', at('2013-01-14T10:01:00Z'), true],
  ['gt2013-01-14', at('2013-01-14T12:00:00Z', '2013-01-15T12:00:00Z'), true],
  ['sa2013-01-14', at('2013-01-14T12:00:00Z', '2013-01-15T12:00:00Z'), false],
  ['sa2013-01-14', at('2013-01-15T00:00:00Z'), true],
  ['eb2013-01-14', at('2013-01-13T12:00:00Z', '2013-01-14T12:00:00Z'), false],
  ['eb2013-01-14', at('2013-01-13T23:59:59.999Z'), true],
  ['ge2013-03-14', at('2013-01-21T00:00:00Z'), false],
  ['ge2013-03-14', at('2013-03-14T00:00:00Z'), true],
  ['le2013-03-14', at('2013-01-21T00:00:00Z'), true],
  ['le2013-03-14', at('2013-03-15T00:00:00Z'), false],
  ['2013', at('2013-12-31T23:59:59.999Z'), true],
  ['2013', at('2014-01-01T00:00:00Z'), false],
  ['2012-02', at('2012-02-29T12:00:00Z'), true],
  ['2012-02', at('2012-03-01T00:00:00Z'), false],
  ['2013-01-14T10:00:00+02:00', at('2013-01-14T08:00:00.500Z'), true],
  ['2013-01-14T10:00:00.250Z', at('2013-01-14T10:00:00.250Z'), true],
  ['2013-01-14T10:00:00.250Z', at('2013-01-14T10:00:00.251Z'), false],
]
for (const [parameter, range, fits] of table) {
  const test = dateTest(parameter)
  const said = `${parameter} ${fits ? 'fits' : 'does not fit'} ${new Date(range.from).toISOString()}`
  t.equal(test.fits(range), fits, said)
  if (fits) t.ok(test.couldFit({ from: range.from - 1, to: range.to + 1 }), 'and so does what it may lie in')
}

for (const text of [
  '',
  'yesterday',
  '2013-13',
  '2013-02-30',
  '2013-01-14T25:00Z',
  'ap2013',
  '13',
  '2013-1-1',
]) {
  t.throws(() => dateTest(text), { message: /is no date/ }, `“${text}” is refused`)
}
