import type { PromisifiedBus } from 'i2c-bus'
import { errnoOf, HalError } from './errors.ts'
import type { I2cBus, I2cTransfers } from './i2c.ts'
import { Lock, lockedDevice } from './locked-device.ts'
import { loadOptional } from './optional-package.ts'

/** What of the package `i2c-bus` is used. */
export interface I2cPackage {
  openPromisified(bus: number): Promise<PromisifiedBus>
}

/**
 * Open `/dev/i2c-<bus>`.
 *
 * @throws {HalError} `PACKAGE_MISSING` without the optional package, `BUS_UNAVAILABLE` when the kernel has no
 *   such bus, denies it, or its controller cannot do plain I2C transfers
 */
export async function openLinuxI2c(
  bus: number,
  load: () => Promise<I2cPackage> = () => loadOptional('i2c-bus', () => import('i2c-bus')),
): Promise<I2cBus> {
  const { openPromisified } = await load()
  const opened = await openPromisified(bus)
  // The package opens the device file at the first use; ask now, so that a missing bus shows at start.
  const functions = await opened.i2cFuncs().catch((cause: unknown) => {
    const fault = { code: 'BUS_UNAVAILABLE', bus, errno: errnoOf(cause) } as const
    throw new HalError(`I2C bus ${bus} cannot be opened`, fault, { cause })
  })
  if (!functions.i2c) {
    await opened.close()
    const fault = { code: 'BUS_UNAVAILABLE', bus, errno: 'EOPNOTSUPP' } as const
    throw new HalError(`I2C bus ${bus} cannot do plain transfers`, fault)
  }
  const lock = new Lock()
  return {
    device: (address) => lockedDevice(address, transfersOf(opened, bus, address), lock),
    close: () => lock.run(() => opened.close()),
  }
}

function transfersOf(opened: PromisifiedBus, bus: number, address: number): I2cTransfers {
  const told = async <T>(transfer: Promise<T>): Promise<T> => {
    try {
      return await transfer
    } catch (cause) {
      throw toHalError(cause, bus, address)
    }
  }
  const whole = (bytes: number, length: number) => {
    if (bytes !== length) {
      throw new HalError('transfer was cut short', { code: 'SHORT_TRANSFER', bus, address, bytes })
    }
  }
  return {
    readByte: (register) => told(opened.readByte(address, register)),
    readWord: (register) => told(opened.readWord(address, register)),
    async readBlock(register, length) {
      const { bytesRead, buffer } = await told(
        opened.readI2cBlock(address, register, length, Buffer.alloc(length)),
      )
      whole(bytesRead, length)
      return new Uint8Array(buffer)
    },
    writeByte: (register, value) => told(opened.writeByte(address, register, value)),
    writeWord: (register, value) => told(opened.writeWord(address, register, value)),
    async writeBlock(register, bytes) {
      const { bytesWritten } = await told(
        opened.writeI2cBlock(address, register, bytes.length, Buffer.from(bytes)),
      )
      whole(bytesWritten, bytes.length)
    },
    async write(bytes) {
      const { bytesWritten } = await told(opened.i2cWrite(address, bytes.length, Buffer.from(bytes)))
      whole(bytesWritten, bytes.length)
    },
    async read(length) {
      const { bytesRead, buffer } = await told(opened.i2cRead(address, length, Buffer.alloc(length)))
      whole(bytesRead, length)
      return new Uint8Array(buffer)
    },
  }
}

/** @see Linux, Documentation/i2c/fault-codes.rst */
function toHalError(cause: unknown, bus: number, address: number): HalError {
  const errno = errnoOf(cause)
  const where = `at 0x${address.toString(16)} on I2C bus ${bus}`
  switch (errno) {
    case 'ENXIO':
    case 'EREMOTEIO':
      return new HalError(`no answer ${where}`, { code: 'NACK', bus, address }, { cause })
    case 'ETIMEDOUT':
      return new HalError(`timeout ${where}`, { code: 'BUS_TIMEOUT', bus, address }, { cause })
    default:
      return new HalError(`transfer failed ${where}`, { code: 'BUS_FAULT', bus, address, errno }, { cause })
  }
}
