// The parts used here of two optional packages: i2c-bus ships no types, and types must check on a machine
// where neither could be built.

declare module 'i2c-bus' {
  export interface I2cFunctions {
    /** Plain transfers without a register. */
    readonly i2c: boolean
    readonly smbusReadWord: boolean
  }
  export interface PromisifiedBus {
    i2cFuncs(): Promise<I2cFunctions>
    readByte(address: number, command: number): Promise<number>
    readWord(address: number, command: number): Promise<number>
    readI2cBlock(
      address: number,
      command: number,
      length: number,
      buffer: Buffer,
    ): Promise<{ bytesRead: number; buffer: Buffer }>
    writeByte(address: number, command: number, byte: number): Promise<void>
    writeWord(address: number, command: number, word: number): Promise<void>
    writeI2cBlock(
      address: number,
      command: number,
      length: number,
      buffer: Buffer,
    ): Promise<{ bytesWritten: number; buffer: Buffer }>
    i2cRead(address: number, length: number, buffer: Buffer): Promise<{ bytesRead: number; buffer: Buffer }>
    i2cWrite(
      address: number,
      length: number,
      buffer: Buffer,
    ): Promise<{ bytesWritten: number; buffer: Buffer }>
    close(): Promise<void>
  }
  export function openPromisified(busNumber: number): Promise<PromisifiedBus>
}

declare module 'onoff' {
  export interface Line {
    read(): Promise<0 | 1>
    write(value: 0 | 1): Promise<void>
    unexport(): void
  }
  export const Gpio: new (
    gpio: number,
    direction: 'in' | 'out' | 'high' | 'low',
    edge?: 'none' | 'rising' | 'falling' | 'both',
    options?: { activeLow?: boolean },
  ) => Line
}
