/**
 * Transfers with one chip.
 *
 * @throws {HalError} from every transfer: `NACK`, `BUS_TIMEOUT`, `SHORT_TRANSFER` or `BUS_FAULT`
 */
export interface I2cTransfers {
  /** SMBus read byte: `register` 0 to 0xff. */
  readByte(register: number): Promise<number>
  /**
   * SMBus read word: the first byte on the wire is the low one; chips that send the high one first
   * need the bytes swapped.
   *
   * @see System Management Bus specification 3.2, §6.5.5
   */
  readWord(register: number): Promise<number>
  /** `length` bytes, 1 to 32, from `register` on. */
  readBlock(register: number, length: number): Promise<Uint8Array>
  writeByte(register: number, value: number): Promise<void>
  /** SMBus write word: low byte first. */
  writeWord(register: number, value: number): Promise<void>
  writeBlock(register: number, bytes: Uint8Array): Promise<void>
  /** START, address, `bytes`, STOP: no register, for chips that speak a protocol of their own. */
  write(bytes: Uint8Array): Promise<void>
  /** START, address, exactly `length` bytes, STOP. */
  read(length: number): Promise<Uint8Array>
}

/** One chip on a bus. */
export interface I2cDevice extends I2cTransfers {
  /** 7 bits. */
  readonly address: number
  /**
   * Run `steps` with no other transfer of this process on the bus in between.
   *
   * Inside, only the transfers handed to `steps` may be used: those of the device would wait for ever.
   */
  exclusively<T>(steps: (transfers: I2cTransfers) => Promise<T>): Promise<T>
}

export interface I2cBus {
  /** @param address - 7 bits, 0x08 to 0x77 */
  device(address: number): I2cDevice
  close(): Promise<void>
}
