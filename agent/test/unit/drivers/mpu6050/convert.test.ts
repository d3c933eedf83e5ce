import { toMovement } from '@hygeia/agent/drivers/mpu6050/convert'
import t from 'tap'

/** Frames as the FIFO has them: 16 bits an axis, high byte first. */
function frames(...axes: readonly (readonly [number, number, number])[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(axes.length * 6))
  for (const [index, count] of axes.flat().entries()) bytes.setInt16(index * 2, count)
  return new Uint8Array(bytes.buffer)
}

// ±4 g has 8192 counts a g (RM-MPU-6000A-00, registers 59 to 64); one g is 9.80665 m/s².
const TABLE = [
  ['gravity alone', [0, 0, 8192], 0],
  ['gravity alone, upside down', [0, 0, -8192], 0],
  ['gravity across two axes', [-0.6 * 8192, 0.8 * 8192, 0].map(Math.trunc), 0],
  ['less than gravity', [0, 0, 4096], 0],
  ['twice the gravity', [0, 0, 16384], 9.80665],
  ['twice the gravity, along another axis', [-16384, 0, 0], 9.80665],
  ['2.5 g: 1.5 g along x, 2 g along y', [12288, 16384, 0], 14.709975],
  ['all axes at their end', [-32768, -32768, -32768], (4 * Math.sqrt(3) - 1) * 9.80665],
] as const

t.test('movement is what there is beyond gravity, however the chip is turned', async (t) => {
  for (const [name, [x = 0, y = 0, z = 0], movement] of TABLE) {
    const value = toMovement(frames([x, y, z])) ?? Number.NaN
    t.ok(Math.abs(value - movement) < 1e-9, `${name}: ${movement} m/s²`)
  }
})

t.test('bytes are high first and signed', async (t) => {
  t.equal(toMovement(Uint8Array.of(0, 0, 0xc0, 0x00, 0, 0)), 9.80665)
})

t.test('it is the mean over the frames, of which none counts less than nothing', async (t) => {
  t.equal(toMovement(frames([0, 0, 8192], [0, 0, 16384])), 9.80665 / 2)
  t.equal(toMovement(frames([0, 0, 4096], [0, 0, 16384])), 9.80665 / 2)
})

t.test('zeros were not measured', async (t) => {
  t.equal(toMovement(frames([0, 0, 0])), undefined)
  t.equal(toMovement(frames([0, 0, 0], [0, 0, 16384])), 9.80665)
})

t.test('no frames are no movement, which is not the same as none', async (t) => {
  t.equal(toMovement(new Uint8Array()), undefined)
})

t.test('a part of a frame is refused', async (t) => {
  t.throws(() => toMovement(new Uint8Array(7)), RangeError)
})
