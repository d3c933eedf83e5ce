import { toCelsius, toWord } from '@hygeia/agent/drivers/lm75/convert'
import t from 'tap'

// Nine bits and temperatures from the LM75's datasheet, SNIS153B, "Temperature data format".
const NINE_BITS = [
  [0x0fa, 125],
  [0x032, 25],
  [0x001, 0.5],
  [0x000, 0],
  [0x1ff, -0.5],
  [0x1ce, -25],
  [0x192, -55],
] as const

// Twelve bits and temperatures from the TMP105's datasheet, SLLS648D table 5.
const TWELVE_BITS = [
  [0x7ff, 127.9375],
  [0x640, 100],
  [0x500, 80],
  [0x4b0, 75],
  [0x320, 50],
  [0x190, 25],
  [0x004, 0.25],
  [0x000, 0],
  [0xffc, -0.25],
  [0xe70, -25],
  [0xc90, -55],
] as const

t.test('nine bits are the temperatures of the LM75', async (t) => {
  for (const [bits, celsius] of NINE_BITS) {
    t.equal(toCelsius(bits << 7, 9), celsius, `0x${bits.toString(16)} is ${celsius} °C`)
  }
})

t.test('twelve bits are the temperatures of the TMP105', async (t) => {
  for (const [bits, celsius] of TWELVE_BITS) {
    t.equal(toCelsius(bits << 4, 12), celsius, `0x${bits.toString(16)} is ${celsius} °C`)
  }
})

t.test('undefined bits do not count', async (t) => {
  for (const [bits, celsius] of NINE_BITS) t.equal(toCelsius((bits << 7) | 0x7f, 9), celsius)
  for (const [bits, celsius] of TWELVE_BITS) t.equal(toCelsius((bits << 4) | 0x0f, 12), celsius)
})

t.test('what is no 16-bit word is refused', async (t) => {
  for (const word of [-1, 0x10000, 0.5, Number.NaN]) t.throws(() => toCelsius(word, 9), RangeError)
})

t.test('the high byte of a word comes first', async (t) => {
  t.equal(toWord(Uint8Array.of(0x50, 0x80)), 0x5080)
})
