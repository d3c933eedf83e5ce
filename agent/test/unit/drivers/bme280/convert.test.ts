import {
  fineTemperature,
  toCelsius,
  toClimate,
  toCounts,
  toHectopascal,
  toPercent,
} from '@hygeia/agent/drivers/bme280/convert'
import t from 'tap'

const NO_HUMIDITY = { h1: 0, h2: 0, h3: 0, h4: 0, h5: 0, h6: 0 }

// The calculation example of the BMP280, which shares these formulas: BST-BMP280-DS001 §3.12.
const EXAMPLE = {
  ...{ t1: 27504, t2: 26435, t3: -1000 },
  ...{ p1: 36477, p2: -10685, p3: 3024, p4: 2855, p5: 140, p6: -7, p7: 15500, p8: -14600, p9: 6000 },
  ...NO_HUMIDITY,
}

// A chip, its counts and its values from the tests of pimoroni/bme280-python, tests/test_compensation.py.
const PIMORONI = {
  ...{ t1: 28009, t2: 25654, t3: 50 },
  ...{ p1: 39145, p2: -10750, p3: 3024, p4: 5667, p5: -120, p6: -7, p7: 15500, p8: -14600, p9: 6000 },
  ...{ h1: 75, h2: 376, h3: 0, h4: 286, h5: 50, h6: 30 },
}

const rounded = (value: number | undefined, digits: number) => value?.toFixed(digits)

t.test('the example of the datasheet is 25.08 °C and 100653.27 Pa', async (t) => {
  const fine = fineTemperature(519888, EXAMPLE)
  t.equal(Math.trunc(fine), 128422, 't_fine')
  t.equal(rounded(toCelsius(fine), 2), '25.08')
  // 1 hPa is 100 Pa.
  t.equal(rounded(toHectopascal(415148, fine, EXAMPLE), 4), '1006.5327')
})

t.test('another implementation has the same values', async (t) => {
  const fine = fineTemperature(529191, PIMORONI)
  t.equal(rounded(toCelsius(fine), 8), '24.78948777')
  t.equal(rounded(toHectopascal(326816, fine, PIMORONI), 8), '1006.61517564')
  t.equal(rounded(toPercent(30281, fine, PIMORONI), 8), '68.66996649')
})

t.test('humidity ends at 0 and 100 %', async (t) => {
  const fine = fineTemperature(529191, PIMORONI)
  t.equal(toPercent(0, fine, PIMORONI), 0)
  t.equal(toPercent(0xffff, fine, PIMORONI), 100)
})

// BST-BME280-DS002 §5.4.7 to §5.4.9: msb, lsb, and four bits of xlsb.
t.test('a burst has pressure, temperature and humidity in its order', async (t) => {
  const bytes = Uint8Array.of(0x65, 0x5a, 0xc0, 0x7e, 0xed, 0x00, 0x76, 0x49)
  t.same(toCounts(bytes), { pressure: 415148, temperature: 519888, humidity: 30281 })
  t.same(toCounts(Uint8Array.of(0x80, 0, 0, 0x80, 0, 0, 0x80, 0)), {
    ...{ pressure: 0x80000, temperature: 0x80000, humidity: 0x8000 },
  })
  t.throws(() => toCounts(bytes.subarray(1)), RangeError)
})

t.test('a reset value is no value, each for itself', async (t) => {
  const counts = { pressure: 326816, temperature: 529191, humidity: 30281 }
  const notYet = { missing: 'not-yet' }
  const { temperature, humidity, pressure } = toClimate(counts, PIMORONI)
  t.same(toClimate({ ...counts, humidity: 0x8000 }, PIMORONI), { temperature, humidity: notYet, pressure })
  t.same(toClimate({ ...counts, pressure: 0x80000 }, PIMORONI), { temperature, humidity, pressure: notYet })
  t.same(
    toClimate({ ...counts, temperature: 0x80000 }, PIMORONI),
    { temperature: notYet, humidity: notYet, pressure: notYet },
    'the others are nothing without the temperature',
  )
})

t.test('a trimming that divides by zero is an error of the sensor', async (t) => {
  const counts = { pressure: 326816, temperature: 529191, humidity: 30281 }
  t.match(toClimate(counts, { ...PIMORONI, p1: 0 }), { pressure: { missing: 'sensor-error' } })
})
