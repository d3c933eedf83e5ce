import { isResult, toCelsius, toReading } from '@hygeia/agent/drivers/mlx90614/convert'
import t from 'tap'

// Melexis 3901090614, "Commands": the ends of T_OBJ1. In between, by its formula of 0.02 K a count.
const TABLE = [
  [0x27ad, -70.01],
  [0x7fff, 382.19],
  [0x3ad2, 28.01],
  [0x3559, -0.01],
] as const

t.test('words are the temperatures of the datasheet', async (t) => {
  for (const [word, celsius] of TABLE) {
    t.equal(toCelsius(word), celsius, `0x${word.toString(16)} is ${celsius} °C`)
  }
})

t.test('what is no 15-bit word is refused', async (t) => {
  for (const word of [-1, 0x8000, 0.5, Number.NaN]) t.throws(() => toCelsius(word), RangeError)
})

t.test('a word with the error flag has no temperature', async (t) => {
  t.same(toReading(0x3ad2), { value: 28.01 })
  t.same(toReading(0xbad2), { missing: 'sensor-error' })
  t.same(toReading(0x8000), { missing: 'sensor-error' })
})

t.test('what is lower than the lowest temperature is no result', async (t) => {
  t.notOk(isResult(0x0000))
  t.notOk(isResult(0x27ac))
  t.ok(isResult(0x27ad))
  t.ok(isResult(0x8000), 'an error is')
})
