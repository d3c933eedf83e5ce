import { createServer, type Server, type Socket } from 'node:net'
import { HalError } from '@hygeia/agent/hal/errors'
import type { I2cMessage, SimulatedI2cBus } from '@hygeia/agent/simulation/simulated-i2c'

/** Linux errno, as the adapters of a Raspberry Pi give it. */
const EIO = 5
const EREMOTEIO = 121
const ETIMEDOUT = 110
/** `I2C_M_RD` of struct i2c_msg. */
const READ = 1
const HEAD_BYTES = 12
const FRAME_LIMIT = 16_384

/** Hands the transfers of the test Pi's kernel to simulated chips; frames as scripts/test-pi/kernel/outside-i2c.c says. */
export class ChipsOutside {
  readonly #bus: SimulatedI2cBus
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** Transfers that came. */
  transfers = 0
  /** Somebody holds the clock low: no transfer ends. */
  isStuck = false

  private constructor(bus: SimulatedI2cBus) {
    this.#bus = bus
    this.#server = createServer((socket) => this.#serve(socket))
  }

  static async listen(path: string, bus: SimulatedI2cBus): Promise<ChipsOutside> {
    const chips = new ChipsOutside(bus)
    await new Promise<void>((resolve, reject) => {
      chips.#server.once('error', reject).listen(path, resolve)
    })
    return chips
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    let received = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      while (received.length >= 4) {
        const size = 4 + received.readUInt32LE(0)
        if (size > FRAME_LIMIT) return socket.destroy()
        if (received.length < size) return
        const answer = this.#answer(received.subarray(4, size))
        if (answer !== undefined) socket.write(answer)
        received = received.subarray(size)
      }
    })
    // The machine's power was cut.
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#sockets.delete(socket))
  }

  #answer(request: Buffer): Buffer | undefined {
    this.transfers++
    if (this.isStuck) return undefined
    const sequence = request.readUInt32LE(0)
    try {
      const read = Buffer.concat(this.#bus.transfer(messagesOf(request)))
      return Buffer.concat([headOf(sequence, 0, read.length), read])
    } catch (cause) {
      if (!(cause instanceof HalError)) throw cause
      const errno = { NACK: EREMOTEIO, BUS_TIMEOUT: ETIMEDOUT }[String(cause.code)] ?? EIO
      return headOf(sequence, -errno, 0)
    }
  }
}

function headOf(sequence: number, status: number, bytes: number): Buffer {
  const head = Buffer.alloc(HEAD_BYTES)
  head.writeUInt32LE(HEAD_BYTES - 4 + bytes, 0)
  head.writeUInt32LE(sequence, 4)
  head.writeInt32LE(status, 8)
  return head
}

function messagesOf(request: Buffer): readonly I2cMessage[] {
  let at = 8
  return Array.from({ length: request.readUInt32LE(4) }, () => {
    const address = request.readUInt16LE(at)
    const isRead = (request.readUInt16LE(at + 2) & READ) !== 0
    const length = request.readUInt32LE(at + 4)
    at += 8
    if (isRead) return { address, read: length }
    const write = new Uint8Array(request.subarray(at, at + length))
    at += length
    return { address, write }
  })
}
