import type { I2cDevice, I2cTransfers } from './i2c.ts'

/** Lets one holder at a time through, in the order of asking. */
export class Lock {
  #last: Promise<unknown> = Promise.resolve()

  /** Run `work` once everybody who asked before is done, whether or not theirs failed. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work, work)
    this.#last = mine.catch(() => undefined)
    return mine
  }
}

/** A device whose every transfer, and every exclusive sequence, waits for its turn on the bus. */
export function lockedDevice(address: number, transfers: I2cTransfers, lock: Lock): I2cDevice {
  return {
    address,
    readByte: (register) => lock.run(() => transfers.readByte(register)),
    readWord: (register) => lock.run(() => transfers.readWord(register)),
    readBlock: (register, length) => lock.run(() => transfers.readBlock(register, length)),
    writeByte: (register, value) => lock.run(() => transfers.writeByte(register, value)),
    writeWord: (register, value) => lock.run(() => transfers.writeWord(register, value)),
    writeBlock: (register, bytes) => lock.run(() => transfers.writeBlock(register, bytes)),
    write: (bytes) => lock.run(() => transfers.write(bytes)),
    read: (length) => lock.run(() => transfers.read(length)),
    exclusively: (steps) => lock.run(() => steps(transfers)),
  }
}
