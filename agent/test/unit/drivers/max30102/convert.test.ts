import { isFinger, nextCurrent, toLight } from '@hygeia/agent/drivers/max30102/convert'
import t from 'tap'

t.test('a sample is two numbers of 18 bits, high byte first; what is above them is not theirs', async (t) => {
  // Maxim 19-7740 rev. 1, table 1: the six bits above are undefined.
  const { led1, led2 } = toLight(Uint8Array.of(0xfd, 0x86, 0xa0, 0x01, 0xd4, 0xc0, 0, 0, 1, 0, 1, 0))
  t.same([...led1], [0x186a0, 1])
  t.same([...led2], [0x1d4c0, 0x100])
})

t.test('full scale is no value, and half a sample is none either', async (t) => {
  const { led1, led2 } = toLight(Uint8Array.of(0x03, 0xff, 0xff, 0x03, 0xff, 0xfe, 1, 2, 3))
  t.same([...led1], [Number.NaN])
  t.same([...led2], [0x3fffe])
})

t.test('a finger is what gives back light in proportion to the current', async (t) => {
  t.ok(isFinger(Float64Array.of(50_000), 35))
  t.notOk(isFinger(Float64Array.of(49_000), 35))
  t.ok(isFinger(Float64Array.of(8_000), 5), 'a pale finger at the least current')
  t.notOk(isFinger(Float64Array.of(700), 125), 'what leaks past no finger')
})

t.test('the current follows the light between 1 and 25 mA, and rests while it is well', async (t) => {
  t.equal(nextCurrent(Float64Array.of(120_000), 35), 35)
  t.equal(nextCurrent(Float64Array.of(40_000), 35), 125)
  t.equal(nextCurrent(Float64Array.of(260_000), 35), 21)
  t.equal(nextCurrent(Float64Array.of(Number.NaN), 5), 5)
  t.equal(nextCurrent(Float64Array.of(1_000), 125), 125)
})
