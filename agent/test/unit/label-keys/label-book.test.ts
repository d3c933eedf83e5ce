import type { Label, Month } from '@hygeia/protocol/label'
import type { UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { LabelBook } from '../../../src/label-keys/label-book.ts'

const key = (label: string) => ({ label: label as Label, publicKey: new Uint8Array(33) })
const book = new LabelBook(
  ['vitals/2025-01/0', 'vitals/2025-02/0', 'vitals/2025-02/1', 'vitals/2025-04/0', 'alert/2025-01/0'].map(
    key,
  ),
)
const at = (text: string) => Date.parse(text) as UnixMs
const month = (text: string) => text as Month

t.test('a batch goes under the label of its month, in the newest generation', async (t) => {
  t.match(book.choose('vitals', at('2025-01-31T23:59:59.999Z'), undefined), {
    label: 'vitals/2025-01/0',
    isExhausted: false,
  })
  t.match(book.choose('vitals', at('2025-02-01T00:00:00Z'), month('2025-01')), { label: 'vitals/2025-02/1' })
})

t.test('the month never goes back', async (t) => {
  t.match(book.choose('vitals', at('2025-01-05'), month('2025-02')), { month: '2025-02', isExhausted: false })
})

t.test('without a clock it stays where it is, or begins with the first', async (t) => {
  t.match(book.choose('vitals', undefined, month('2025-02')), { month: '2025-02' })
  t.match(book.choose('vitals', undefined, undefined), { month: '2025-01', isExhausted: false })
})

t.test('a month without a key goes under the last before it; beyond the last that is said', async (t) => {
  t.match(book.choose('vitals', at('2025-03-05'), undefined), { month: '2025-02', isExhausted: false })
  t.match(book.choose('vitals', at('2025-06-05'), undefined), { month: '2025-04', isExhausted: true })
  t.match(
    book.choose('vitals', at('2020-06-05'), undefined),
    { month: '2025-01', isExhausted: false },
    'and before the first',
  )
})

t.test('a category that the patient gave no key for has none', async (t) => {
  t.equal(book.choose('ecg', at('2025-01-05'), undefined), undefined)
  t.same([...book.categories].sort(), ['alert', 'vitals'])
})

t.test('days left are those of the category that ends first', async (t) => {
  t.equal(book.daysLeft(at('2025-01-30')), 2)
  t.equal(book.daysLeft(at('2026-01-01')), 0)
  t.equal(new LabelBook([]).daysLeft(at('2025-01-01')), 0)
  t.equal(book.ends().get('vitals'), at('2025-05-01'))
})
