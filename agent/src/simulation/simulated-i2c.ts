import { HalError } from '../hal/errors.ts'
import type { I2cBus, I2cDevice, I2cTransfers } from '../hal/i2c.ts'
import { Lock, lockedDevice } from '../hal/locked-device.ts'

/** A chip as the bus sees it: bytes in, bytes out. */
export interface SimulatedI2cChip {
  powerOn(): void
  powerOff(): void
  /** Bytes between the address and STOP or a repeated START; false when the chip does not acknowledge. */
  receive(bytes: Uint8Array): boolean
  /** Bytes that the controller clocks out; `undefined` when the chip does not acknowledge. */
  transmit(length: number): Uint8Array | undefined
}

/** One message of a transfer, as the controller sees it: bytes to write, or how many to read. */
export type I2cMessage =
  | { readonly address: number; readonly write: Uint8Array }
  | { readonly address: number; readonly read: number }

/** What goes wrong with transfers to an address. */
export type BusTrouble = 'nack' | 'timeout'

interface Socket {
  readonly chip: SimulatedI2cChip
  isPlugged: boolean
  trouble: { readonly kind: BusTrouble; left: number } | undefined
}

/** An I2C bus with simulated chips on it, which can be unplugged and made to fail. */
export class SimulatedI2cBus implements I2cBus {
  readonly #number: number
  readonly #sockets = new Map<number, Socket>()
  readonly #lock = new Lock()

  constructor({ number }: { number: number }) {
    this.#number = number
  }

  /** Put a chip on the bus and power it. */
  attach(address: number, chip: SimulatedI2cChip): void {
    if (this.#sockets.has(address)) throw new Error(`0x${address.toString(16)} is taken`)
    this.#sockets.set(address, { chip, isPlugged: true, trouble: undefined })
    chip.powerOn()
  }

  /** Pull the chip out: it loses its power and answers no more. */
  unplug(address: number): void {
    const socket = this.#socket(address)
    socket.isPlugged = false
    socket.chip.powerOff()
  }

  replug(address: number): void {
    const socket = this.#socket(address)
    socket.isPlugged = true
    socket.chip.powerOn()
  }

  /** Let the next `transfers` transfers to this address fail. */
  trouble(address: number, kind: BusTrouble, transfers = Number.POSITIVE_INFINITY): void {
    this.#socket(address).trouble = { kind, left: transfers }
  }

  /** End the trouble. */
  heal(address: number): void {
    this.#socket(address).trouble = undefined
  }

  device(address: number): I2cDevice {
    return lockedDevice(address, this.#transfers(address), this.#lock)
  }

  /**
   * Messages with repeated STARTs between them, which succeed or fail as one.
   *
   * @returns what each message read; nothing for those that wrote
   * @throws {HalError} `NACK` or `BUS_TIMEOUT`
   */
  transfer(messages: readonly I2cMessage[]): readonly Uint8Array[] {
    return messages.map((message) => {
      const { address } = message
      const chip = this.#chipFor(address)
      if ('write' in message) {
        // No bytes: only asked whether somebody is there.
        if (message.write.length > 0 && !chip.receive(message.write)) throw this.#nack(address)
        return new Uint8Array(0)
      }
      const bytes = chip.transmit(message.read)
      if (bytes === undefined) throw this.#nack(address)
      return bytes
    })
  }

  async close(): Promise<void> {}

  #transfers(address: number): I2cTransfers {
    const send = (bytes: Uint8Array) => {
      if (!this.#chipFor(address).receive(bytes)) throw this.#nack(address)
    }
    const receive = (length: number) => {
      const bytes = this.#chipFor(address).transmit(length)
      if (bytes === undefined) throw this.#nack(address)
      return bytes
    }
    // A register read is one transfer with a repeated START, so it fails as one.
    const readRegister = (register: number, length: number) => {
      const chip = this.#chipFor(address)
      const bytes = chip.receive(Uint8Array.of(register)) ? chip.transmit(length) : undefined
      if (bytes === undefined) throw this.#nack(address)
      return bytes
    }
    return {
      readByte: async (register) => readRegister(register, 1)[0] ?? 0,
      async readWord(register) {
        const [low = 0, high = 0] = readRegister(register, 2)
        return low | (high << 8)
      },
      readBlock: async (register, length) => readRegister(register, length),
      writeByte: async (register, value) => send(Uint8Array.of(register, value)),
      writeWord: async (register, value) => send(Uint8Array.of(register, value & 0xff, value >> 8)),
      writeBlock: async (register, bytes) => send(Uint8Array.of(register, ...bytes)),
      write: async (bytes) => send(bytes),
      read: async (length) => receive(length),
    }
  }

  #chipFor(address: number): SimulatedI2cChip {
    const socket = this.#sockets.get(address)
    if (socket === undefined || !socket.isPlugged) throw this.#nack(address)
    const { trouble } = socket
    if (trouble === undefined || trouble.left === 0) return socket.chip
    trouble.left--
    if (trouble.kind === 'nack') throw this.#nack(address)
    const bus = this.#number
    throw new HalError('simulated timeout', { code: 'BUS_TIMEOUT', bus, address })
  }

  #nack(address: number): HalError {
    return new HalError('no answer from the simulated bus', { code: 'NACK', bus: this.#number, address })
  }

  #socket(address: number): Socket {
    const socket = this.#sockets.get(address)
    if (socket === undefined) throw new Error(`no chip was attached at 0x${address.toString(16)}`)
    return socket
  }
}
