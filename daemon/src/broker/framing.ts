import { createHash, type Hash } from 'node:crypto'
import { Duplex } from 'node:stream'

/** A publish that was too large to take, hashed as it went by. */
export interface OversizePublish {
  readonly topic: string
  readonly qos: number
  /** Absent with QoS 0. */
  readonly messageId: number | undefined
  /** SHA-256 of the payload. */
  readonly digest: Uint8Array
}

export interface FramingOptions {
  /** Largest packet that is let through, bytes besides the fixed header. */
  readonly packetLimitBytes: number
  /** Larger publishes than this end the connection instead of being skipped. */
  readonly skipLimitBytes: number
  readonly onOversize: (publish: OversizePublish) => void
}

const PUBLISH = 3
/** Fixed header: type and flags, then up to four bytes of length. */
const HEADER_LIMIT_BYTES = 5
/** Topic with its length, and message id, of a publish that is skipped. */
const OPENING_LIMIT_BYTES = 2 + 256 + 2

interface Skipping {
  readonly flags: number
  readonly hash: Hash
  leftBytes: number
  opening: Buffer
  topic: string | undefined
  messageId: number | undefined
}

/**
 * One connection's bytes, as aedes reads and writes them, with every packet's length looked at first: its parser
 * would gather 256 MB before it looked. What is too large is skipped and told, and the connection goes on.
 *
 * @see MQTT 3.1.1 §2.2
 */
export class FramedSocket extends Duplex {
  readonly #options: FramingOptions
  readonly #socket: Duplex
  /** Bytes of the current packet still to pass. */
  #passingBytes = 0
  #held: Buffer = Buffer.alloc(0)
  #skipping: Skipping | undefined

  constructor(options: FramingOptions, socket: Duplex) {
    super({ allowHalfOpen: false, readableHighWaterMark: 65_536, writableHighWaterMark: 65_536 })
    this.#options = options
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => {
      if (!this.#take(chunk)) socket.pause()
    })
    socket.on('end', () => this.push(null))
    socket.on('error', (err) => this.destroy(err))
    socket.on('close', () => this.destroy())
  }

  override _read(): void {
    this.#socket.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (err?: Error | null) => void): void {
    this.#socket.write(chunk, done)
  }

  override _writev(chunks: { chunk: Buffer }[], done: (err?: Error | null) => void): void {
    // One write, one TLS record: packets come in several small pieces.
    this.#socket.write(Buffer.concat(chunks.map(({ chunk }) => chunk)), done)
  }

  override _final(done: () => void): void {
    this.#socket.end(done)
  }

  override _destroy(err: Error | null, done: (err: Error | null) => void): void {
    this.#socket.destroy()
    done(err)
  }

  /** @returns whether more may come at once */
  #take(chunk: Buffer): boolean {
    let bytes: Buffer = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk])
    this.#held = Buffer.alloc(0)
    let isWanted = true
    // From here on go the bytes that pass, in one piece where nothing is skipped.
    let start = 0
    let at = 0
    while (at < bytes.length) {
      if (this.#skipping !== undefined) {
        at = this.#skip(this.#skipping, bytes, at)
        start = at
        continue
      }
      if (this.#passingBytes > 0) {
        const passed = Math.min(this.#passingBytes, bytes.length - at)
        this.#passingBytes -= passed
        at += passed
        continue
      }
      const header = readHeader(bytes, at)
      if (header === 'incomplete') {
        this.#held = bytes.subarray(at)
        bytes = bytes.subarray(0, at)
        break
      }
      if (header === 'malformed' || header.lengthBytes > this.#limitOf(header.type)) {
        this.destroy(new Error('packet is malformed or too large'))
        return false
      }
      if (header.lengthBytes <= this.#options.packetLimitBytes) {
        at += header.sizeBytes
        this.#passingBytes = header.lengthBytes
        continue
      }
      if (at > start) isWanted = this.push(bytes.subarray(start, at))
      at += header.sizeBytes
      start = at
      this.#skipping = {
        flags: header.flags,
        hash: createHash('sha256'),
        leftBytes: header.lengthBytes,
        opening: Buffer.alloc(0),
        topic: undefined,
        messageId: undefined,
      }
    }
    return bytes.length > start ? this.push(bytes.subarray(start)) : isWanted
  }

  #limitOf(type: number): number {
    const { packetLimitBytes, skipLimitBytes } = this.#options
    return type === PUBLISH ? skipLimitBytes : packetLimitBytes
  }

  /** @returns where the packet, or the chunk, ends */
  #skip(skipping: Skipping, bytes: Buffer, at: number): number {
    let part = bytes.subarray(at, at + skipping.leftBytes)
    skipping.leftBytes -= part.length
    const end = at + part.length
    if (skipping.topic === undefined) {
      skipping.opening = Buffer.concat([skipping.opening, part])
      part = readOpening(skipping)
    }
    skipping.hash.update(part)
    if (skipping.leftBytes === 0) {
      this.#skipping = undefined
      const { topic = '', messageId, hash, flags } = skipping
      this.#options.onOversize({ topic, messageId, qos: (flags >> 1) & 3, digest: hash.digest() })
    }
    return end
  }
}

interface Header {
  readonly type: number
  readonly flags: number
  /** Of the header itself. */
  readonly sizeBytes: number
  /** Of what follows. */
  readonly lengthBytes: number
}

function readHeader(bytes: Buffer, at: number): Header | 'incomplete' | 'malformed' {
  let lengthBytes = 0
  for (let offset = 1; offset < HEADER_LIMIT_BYTES; offset++) {
    const byte = bytes[at + offset]
    if (byte === undefined) return 'incomplete'
    lengthBytes += (byte & 0x7f) * 2 ** (7 * (offset - 1))
    if (byte < 0x80) {
      const first = bytes[at] ?? 0
      return { type: first >> 4, flags: first & 0x0f, sizeBytes: offset + 1, lengthBytes }
    }
  }
  return 'malformed'
}

/** Reads topic and message id once they are there. @returns the payload that came with them */
function readOpening(skipping: Skipping): Buffer {
  const { opening, flags } = skipping
  if (opening.length < 2) return Buffer.alloc(0)
  const topicBytes = opening.readUInt16BE(0)
  const idBytes = ((flags >> 1) & 3) === 0 ? 0 : 2
  const size = Math.min(2 + topicBytes + idBytes, OPENING_LIMIT_BYTES)
  if (opening.length < size && skipping.leftBytes > 0) return Buffer.alloc(0)
  // A topic that is too long is none of ours, and its message id is not worth the wait.
  const isWhole = opening.length >= size && size === 2 + topicBytes + idBytes
  skipping.topic = isWhole ? opening.toString('utf8', 2, 2 + topicBytes) : ''
  if (isWhole && idBytes === 2) skipping.messageId = opening.readUInt16BE(2 + topicBytes)
  skipping.opening = Buffer.alloc(0)
  return opening.subarray(size)
}
