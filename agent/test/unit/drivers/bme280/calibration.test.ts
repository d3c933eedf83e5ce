import { toCalibration } from '@hygeia/agent/drivers/bme280/calibration'
import t from 'tap'

// The places of BST-BME280-DS002 table 16, filled by hand.
t.test('each parameter is where the datasheet has it, with its sign', async (t) => {
  const low = Uint8Array.from([
    ...[0x70, 0x6b], // 27504
    ...[0x43, 0x67], // 26435
    ...[0x18, 0xfc], // -1000
    ...[0x7d, 0x8e], // 36477
    ...[0x43, 0xd6], // -10685
    ...[0xd0, 0x0b], // 3024
    ...[0x27, 0x0b], // 2855
    ...[0x8c, 0x00], // 140
    ...[0xf9, 0xff], // -7
    ...[0x8c, 0x3c], // 15500
    ...[0xf8, 0xc6], // -14600
    ...[0x70, 0x17], // 6000
    ...[0xaa, 0xff], // A0h is reserved, A1h is an unsigned byte
  ])
  const high = Uint8Array.of(0x9c, 0xff, 0x80, 0x14, 0x3a, 0x00, 0xe2)
  t.same(toCalibration(low, high), {
    ...{ t1: 27504, t2: 26435, t3: -1000 },
    ...{ p1: 36477, p2: -10685, p3: 3024, p4: 2855, p5: 140, p6: -7, p7: 15500, p8: -14600, p9: 6000 },
    ...{ h1: 255, h2: -100, h3: 128, h4: 0x14a, h5: 3, h6: -30 },
  })
})

t.test('what shares a byte keeps its own sign', async (t) => {
  const high = (e4: number, e5: number, e6: number) => Uint8Array.of(0, 0, 0, e4, e5, e6, 0)
  const low = new Uint8Array(26)
  t.match(toCalibration(low, high(0xff, 0x0f, 0x00)), { h4: -1, h5: 0 })
  t.match(toCalibration(low, high(0x00, 0xf0, 0xff)), { h4: 0, h5: -1 })
  t.match(toCalibration(low, high(0x80, 0xf0, 0x7f)), { h4: -2048, h5: 2047 })
  t.match(toCalibration(low, high(0x7f, 0x0f, 0x80)), { h4: 2047, h5: -2048 })
})

t.test('parts of another length are refused', async (t) => {
  t.throws(() => toCalibration(new Uint8Array(25), new Uint8Array(7)), RangeError)
  t.throws(() => toCalibration(new Uint8Array(26), new Uint8Array(8)), RangeError)
})
