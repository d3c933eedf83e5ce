import { createSocket, type Socket } from 'node:dgram'

const PORT = 123
const PACKET_BYTES = 48
/** From 1900-01-01, which NTP counts from, to 1970-01-01; RFC 5905 figure 4. */
const ERA_OFFSET_SEC = 2_208_988_800
const FRACTIONS_PER_SEC = 2 ** 32
/** No leap second, version 4, from a server; RFC 5905 figure 8. */
const FROM_SERVER = 0b00_100_100
const STRATUM = 1
/** About 1 µs, as a power of two of seconds. */
const PRECISION = -20

/** Tells whoever asks over NTP what time it is here. @see RFC 5905 §7.3 */
export class TimeServer {
  readonly #socket: Socket

  private constructor(socket: Socket) {
    this.#socket = socket
  }

  static async listen(address: string): Promise<TimeServer> {
    const socket = createSocket('udp4')
    socket.on('message', (question, { port, address: from }) => {
      if (question.length >= PACKET_BYTES) socket.send(answer(question, Date.now()), port, from)
    })
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.bind(PORT, address, resolve)
    })
    return new TimeServer(socket)
  }

  close(): void {
    this.#socket.close()
  }
}

function answer(question: Buffer, nowUnixMs: number): Buffer {
  const packet = Buffer.alloc(PACKET_BYTES)
  packet.writeUInt8(FROM_SERVER, 0)
  packet.writeUInt8(STRATUM, 1)
  packet.writeUInt8(question.readUInt8(2), 2)
  packet.writeInt8(PRECISION, 3)
  packet.write('LOCL', 12, 'latin1')
  // Last set, asked at (as it said itself), received at, answered at.
  writeTimestamp(packet, 16, nowUnixMs)
  question.copy(packet, 24, 40, PACKET_BYTES)
  writeTimestamp(packet, 32, nowUnixMs)
  writeTimestamp(packet, 40, nowUnixMs)
  return packet
}

function writeTimestamp(packet: Buffer, at: number, unixMs: number): void {
  packet.writeUInt32BE(Math.floor(unixMs / 1_000) + ERA_OFFSET_SEC, at)
  packet.writeUInt32BE(Math.floor(((unixMs % 1_000) / 1_000) * FRACTIONS_PER_SEC), at + 4)
}
