import { swapped, toCelsius } from '@hygeia/agent/drivers/tmp117/convert'
import t from 'tap'

// Words and temperatures from the datasheet, SNOSD82D table 7-1.
const TABLE = [
  [0x8000, -256],
  [0xf380, -25],
  [0xfff0, -0.125],
  [0xffff, -0.0078125],
  [0x0000, 0],
  [0x0001, 0.0078125],
  [0x0010, 0.125],
  [0x0080, 1],
  [0x0c80, 25],
  [0x3200, 100],
  [0x7fff, 255.9921875],
] as const

t.test('words are the temperatures of the datasheet', async (t) => {
  for (const [word, celsius] of TABLE) {
    t.equal(toCelsius(word), celsius, `0x${word.toString(16)} is ${celsius} °C`)
  }
})

t.test('what is no 16-bit word is refused', async (t) => {
  for (const word of [-1, 0x10000, 0.5, Number.NaN]) t.throws(() => toCelsius(word), RangeError)
})

t.test('the bytes of a word change places', async (t) => {
  t.equal(swapped(0x1701), 0x0117)
  t.equal(swapped(0x0080), 0x8000)
})
