import { SimulatedI2cBus, type SimulatedI2cChip } from '@hygeia/agent/simulation/simulated-i2c'
import t from 'tap'

/** 256 bytes of memory with a pointer, as a small EEPROM. */
function memory(log: string[] = []): SimulatedI2cChip {
  const bytes = new Uint8Array(256)
  let pointer = 0
  return {
    powerOn: () => void log.push('on'),
    powerOff: () => void log.push('off'),
    receive([first, ...rest]) {
      pointer = first ?? pointer
      bytes.set(rest, pointer)
      return true
    },
    transmit: (length) => bytes.slice(pointer, pointer + length),
  }
}

t.test('bytes and words lie on the wire as SMBus has them', async (t) => {
  const bus = new SimulatedI2cBus({ number: 1 })
  bus.attach(0x50, memory())
  const device = bus.device(0x50)
  await device.writeWord(0x10, 0x1234)
  t.same(await device.readBlock(0x10, 2), Uint8Array.of(0x34, 0x12), 'low byte first')
  t.equal(await device.readWord(0x10), 0x1234)
  await device.writeByte(0x11, 0xff)
  t.equal(await device.readByte(0x11), 0xff)
  await device.writeBlock(0x20, Uint8Array.of(1, 2, 3))
  await device.write(Uint8Array.of(0x21))
  t.same(await device.read(2), Uint8Array.of(2, 3))
})

t.test('only the address of a plugged chip answers', async (t) => {
  const log: string[] = []
  const bus = new SimulatedI2cBus({ number: 1 })
  bus.attach(0x50, memory(log))
  bus.attach(0x51, memory())
  await t.rejects(bus.device(0x52).readByte(0), { code: 'NACK', detail: { bus: 1, address: 0x52 } })
  bus.unplug(0x50)
  await t.rejects(bus.device(0x50).readByte(0), { code: 'NACK' })
  await t.resolves(bus.device(0x51).readByte(0))
  bus.replug(0x50)
  await t.resolves(bus.device(0x50).readByte(0))
  t.same(log, ['on', 'off', 'on'])
})

t.test('trouble lasts as many transfers as asked for, or until healed', async (t) => {
  const bus = new SimulatedI2cBus({ number: 1 })
  bus.attach(0x50, memory())
  const device = bus.device(0x50)
  bus.trouble(0x50, 'timeout', 2)
  await t.rejects(device.readByte(0), { code: 'BUS_TIMEOUT' })
  await t.rejects(device.write(Uint8Array.of(0)), { code: 'BUS_TIMEOUT' })
  await t.resolves(device.readByte(0))
  bus.trouble(0x50, 'nack')
  for (let transfer = 0; transfer < 10; transfer++) await t.rejects(device.readByte(0), { code: 'NACK' })
  bus.heal(0x50)
  await t.resolves(device.readByte(0))
})

t.test('an address has room for one chip', async (t) => {
  const bus = new SimulatedI2cBus({ number: 1 })
  bus.attach(0x48, memory())
  t.throws(() => bus.attach(0x48, memory()), /taken/)
})
