import { toMicrovolts } from '@hygeia/agent/drivers/ads1115/convert'
import t from 'tap'

const bare = { gain: 1, offsetUv: 0 }

// Codes and voltages from the datasheet: SBAS444E table 7-3, with table 7-1's FSR and size of a count.
const table = [
  [0x7ffe, 4.096, 4_095_750],
  [0x0001, 4.096, 125],
  [0x0000, 4.096, 0],
  [0xffff, 4.096, -125],
  [0x8001, 4.096, -4_095_875],
  [0x0001, 6.144, 187.5],
  [0x0001, 2.048, 62.5],
  [0x0001, 1.024, 31.25],
  [0x0001, 0.512, 15.625],
  [0x0001, 0.256, 7.8125],
] as const
for (const [word, rangeV, microvolts] of table) {
  t.equal(
    toMicrovolts(word, { rangeV, frontEnd: bare }),
    microvolts,
    `0x${word.toString(16)} of ±${rangeV} V`,
  )
}

t.test('either end of the range is no value', async (t) => {
  for (const word of [0x7fff, 0x8000])
    t.ok(Number.isNaN(toMicrovolts(word, { rangeV: 4.096, frontEnd: bare })))
})

t.test('gain and offset of a front end are taken out', async (t) => {
  // 1.65 V is 13,200 counts; 1 mV of 1100 is 8,800 more.
  const frontEnd = { gain: 1_100, offsetUv: 1_650_000 }
  t.equal(toMicrovolts(13_200, { rangeV: 4.096, frontEnd }), 0)
  t.equal(toMicrovolts(22_000, { rangeV: 4.096, frontEnd }), 1_000)
})
