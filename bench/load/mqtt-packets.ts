/** Kinds of packets that a load sends or receives. @see MQTT 3.1.1, table 2.1 */
export const PACKET = {
  connect: 1,
  connack: 2,
  publish: 3,
  puback: 4,
  subscribe: 8,
  suback: 9,
  disconnect: 14,
} as const

export interface Packet {
  readonly kind: number
  readonly flags: number
  /** All that follows the remaining length. */
  readonly body: Buffer
}

/** A string with its length before it. @see MQTT 3.1.1 §1.5.3 */
export function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([Buffer.of(bytes.length >> 8, bytes.length & 0xff), bytes])
}

/** A whole packet; the flags that its kind demands are set. */
export function packet(kind: number, parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const flags = kind === PACKET.subscribe ? 2 : 0
  return Buffer.concat([Buffer.of((kind << 4) | flags), lengthOf(length), ...parts])
}

/** Makes what comes before the payload of a QoS 1 publish to `topic`. */
export function publishHead(topic: string): (id: number, payloadBytes: number) => Buffer {
  const name = text(topic)
  return (id, payloadBytes) => {
    const length = lengthOf(name.length + 2 + payloadBytes)
    const head = Buffer.allocUnsafe(1 + length.length + name.length + 2)
    head[0] = (PACKET.publish << 4) | 2
    head.set(length, 1)
    head.set(name, 1 + length.length)
    head.writeUInt16BE(id, head.length - 2)
    return head
  }
}

function lengthOf(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0))
    rest >>= 7
  } while (rest > 0)
  return Buffer.from(bytes)
}

/** Cuts what a connection brings into packets. */
export class MqttReader {
  readonly #take: (packet: Packet) => void
  #rest: Buffer = Buffer.alloc(0)

  constructor(take: (packet: Packet) => void) {
    this.#take = take
  }

  push(bytes: Buffer): void {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes])
    let start = 0
    for (;;) {
      const cut = cutAt(this.#rest, start)
      if (cut === undefined) break
      const first = this.#rest[start] ?? 0
      this.#take({ kind: first >> 4, flags: first & 0x0f, body: this.#rest.subarray(cut.from, cut.to) })
      start = cut.to
    }
    this.#rest = this.#rest.subarray(start)
  }
}

/** Where the body of the packet at `start` lies; undefined while it is not all there. */
function cutAt(bytes: Buffer, start: number): { readonly from: number; readonly to: number } | undefined {
  let length = 0
  for (let index = 0; index < 4; index++) {
    const byte = bytes[start + 1 + index]
    if (byte === undefined) return undefined
    length += (byte & 0x7f) * 128 ** index
    if ((byte & 0x80) === 0) {
      const from = start + 2 + index
      return from + length <= bytes.length ? { from, to: from + length } : undefined
    }
  }
  throw new Error('a packet without end')
}
