import { pecOf, pecOfRead } from '@hygeia/agent/drivers/mlx90614/pec'
import t from 'tap'

t.test('the packet error code is that of the datasheet', async (t) => {
  // Melexis 3901090614, example of a read word: RAM 07h at slave 5Ah.
  t.equal(pecOfRead(0x5a, 0x07, 0xd2, 0x3a), 0x30)
})

t.test('the packet error code is that of a chip', async (t) => {
  // RAM 06h as seen by a logic analyser, acassis.wordpress.com/2018/10.
  t.equal(pecOfRead(0x5a, 0x06, 0xdf, 0x3a), 0xcf)
})

t.test('a written word has the code of the application note', async (t) => {
  // Melexis 390119061402, "SMBus communication with MLX90614", page 19: erase and write EEPROM 0Eh at slave 00h.
  t.equal(pecOf(Uint8Array.of(0x00, 0x2e, 0x00, 0x00)), 0x6f)
  t.equal(pecOf(Uint8Array.of(0x00, 0x2e, 0x5a, 0x00)), 0xe1)
})

t.test('the check value of CRC-8 comes out', async (t) => {
  // CRC-8/SMBUS in the catalogue of parametrised CRC algorithms: over "123456789".
  t.equal(pecOf(new TextEncoder().encode('123456789')), 0xf4)
})

t.test('every bit that turns over shows', async (t) => {
  const frame = [0xb4, 0x07, 0xb5, 0xd2, 0x3a]
  for (let bit = 0; bit < frame.length * 8; bit++) {
    const turned = Uint8Array.from(frame, (byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
    t.not(pecOf(turned), 0x30)
  }
})
