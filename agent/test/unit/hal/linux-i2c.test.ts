import { openLinuxI2c } from '@hygeia/agent/hal/linux-i2c'
import { loadOptional } from '@hygeia/agent/hal/optional-package'
import type { PromisifiedBus } from 'i2c-bus'
import t from 'tap'

// The name where the addon knows it, otherwise none and the number.
const errno = (cause: string | number) =>
  Object.assign(
    new Error(String(cause)),
    typeof cause === 'string' ? { code: cause } : { code: '', errno: cause },
  )

/** Stands for the native package: holds bytes at 0x48, and at other addresses fails as the kernel does. */
function packageWith(
  failures: Record<number, string | number>,
  functions = { i2c: true, smbusReadWord: true },
) {
  const calls: string[] = []
  const at = (address: number, call: string) => {
    calls.push(call)
    const failure = failures[address]
    if (failure !== undefined) throw errno(failure)
  }
  const bus: PromisifiedBus = {
    i2cFuncs: async () => functions,
    async readByte(address) {
      at(address, 'readByte')
      return 0x17
    },
    async readWord(address) {
      at(address, 'readWord')
      return 0x1701
    },
    async readI2cBlock(address, _command, length, buffer) {
      at(address, 'readI2cBlock')
      return { bytesRead: Math.min(length, 3), buffer }
    },
    writeByte: async (address) => at(address, 'writeByte'),
    writeWord: async (address) => at(address, 'writeWord'),
    async writeI2cBlock(address, _command, length, buffer) {
      at(address, `writeI2cBlock ${buffer.toString('hex')}`)
      return { bytesWritten: length, buffer }
    },
    async i2cRead(address, length, buffer) {
      at(address, 'i2cRead')
      buffer.fill(0xab)
      return { bytesRead: length, buffer }
    },
    async i2cWrite(address, length, buffer) {
      at(address, `i2cWrite ${buffer.toString('hex')}`)
      return { bytesWritten: length, buffer }
    },
    close: async () => void calls.push('close'),
  }
  return { calls, load: async () => ({ openPromisified: async () => bus }) }
}

t.test('transfers go to the package as they are', async (t) => {
  const { calls, load } = packageWith({})
  const bus = await openLinuxI2c(1, load)
  const device = bus.device(0x48)
  t.equal(device.address, 0x48)
  t.equal(await device.readByte(0), 0x17)
  t.equal(await device.readWord(0x0f), 0x1701)
  t.same(await device.readBlock(0, 3), new Uint8Array(3))
  await device.writeByte(1, 2)
  await device.writeWord(1, 2)
  await device.writeBlock(1, Uint8Array.of(0xca, 0xfe))
  await device.write(Uint8Array.of(0x12, 0x01))
  t.same(await device.read(2), Uint8Array.of(0xab, 0xab))
  await bus.close()
  t.same(calls, [
    'readByte',
    'readWord',
    'readI2cBlock',
    'writeByte',
    'writeWord',
    'writeI2cBlock cafe',
    'i2cWrite 1201',
    'i2cRead',
    'close',
  ])
})

// Linux, Documentation/i2c/fault-codes.rst
t.test('what the kernel reports becomes a coded error', async (t) => {
  const { load } = packageWith({ 16: 'ENXIO', 17: 'EREMOTEIO', 18: 'ETIMEDOUT', 19: 'EIO', 20: 121 })
  const bus = await openLinuxI2c(1, load)
  await t.rejects(bus.device(0x10).readWord(0), { code: 'NACK', detail: { bus: 1, address: 0x10 } })
  await t.rejects(bus.device(0x11).write(Uint8Array.of(1)), { code: 'NACK' })
  await t.rejects(bus.device(0x14).readByte(0), { code: 'NACK' }, 'also by its number alone')
  await t.rejects(bus.device(0x12).read(1), { code: 'BUS_TIMEOUT' })
  await t.rejects(bus.device(0x13).writeByte(0, 0), { code: 'BUS_FAULT', detail: { errno: 'EIO' } })
  t.equal(await bus.device(0x48).readByte(0), 0x17, 'and the bus goes on')
})

t.test('a transfer cut short is an error, not zeros', async (t) => {
  const { load } = packageWith({})
  const bus = await openLinuxI2c(1, load)
  await t.rejects(bus.device(0x48).readBlock(0, 8), { code: 'SHORT_TRANSFER', detail: { bytes: 3 } })
})

t.test('a controller without plain transfers is refused', async (t) => {
  const { calls, load } = packageWith({}, { i2c: false, smbusReadWord: true })
  await t.rejects(openLinuxI2c(2, load), { code: 'BUS_UNAVAILABLE', detail: { bus: 2, errno: 'EOPNOTSUPP' } })
  t.same(calls, ['close'])
})

t.test('a bus that the kernel does not have is named', async (t) => {
  const opening = openLinuxI2c(9_999)
  // Without the optional package the error is another one, and as plain.
  const error = await opening.then(
    () => undefined,
    (cause: unknown) => cause,
  )
  t.match(error, { code: /^(BUS_UNAVAILABLE|PACKAGE_MISSING)$/ })
})

t.test('a package that was not built says what to do', async (t) => {
  const loading = loadOptional('i2c-bus', () => import(`i2c-bus-${'missing'}`))
  await t.rejects(loading, { code: 'PACKAGE_MISSING', message: /npm rebuild i2c-bus/ })
})
