/** Codes that a load meets. @see RFC 7252 §12.1 */
export const CODE = { empty: 0x00, post: 0x02 } as const
export const KIND = { confirmable: 0, nonConfirmable: 1, acknowledgement: 2, reset: 3 } as const
/** Numbers of options. @see RFC 7252 §12.2, RFC 7959 §6, RFC 9175 §2 */
export const OPTION = { uriPath: 11, block2: 23, echo: 252 } as const

export interface CoapPacket {
  readonly kind: number
  /** Class in the upper three bits. */
  readonly code: number
  readonly id: number
  readonly token: number
  readonly block2: Block | undefined
  /** What the server wants to see again, to know that this address is real. */
  readonly echo: Buffer | undefined
  readonly payload: Buffer
}

/** @see RFC 7959 §2.2 */
export interface Block {
  readonly number: number
  readonly isMore: boolean
  readonly exponent: number
}

const TOKEN_BYTES = 4
const PAYLOAD_MARK = 0xff

/** What a request says besides its path. */
export interface Ask {
  readonly payload?: Uint8Array | undefined
  readonly block2?: Block | undefined
  readonly echo?: Buffer | undefined
}

/** A confirmable POST to a path of one segment. */
export function post(id: number, token: number, path: string, { payload, block2, echo }: Ask): Buffer {
  const head = Buffer.alloc(4 + TOKEN_BYTES)
  head[0] = 0x40 | TOKEN_BYTES
  head[1] = CODE.post
  head.writeUInt16BE(id, 2)
  head.writeUInt32BE(token, 4)
  const parts: Uint8Array[] = [head]
  let last = 0
  const add = (option: number, value: Uint8Array) => {
    const [delta, afterDelta] = extension(option - last)
    const [length, afterLength] = extension(value.length)
    parts.push(Buffer.of((delta << 4) | length, ...afterDelta, ...afterLength), value)
    last = option
  }
  add(OPTION.uriPath, Buffer.from(path.slice(1)))
  if (block2 !== undefined) {
    const value = (block2.number << 4) | block2.exponent
    const bytes = Buffer.alloc(value > 0xffff ? 3 : value > 0xff ? 2 : 1)
    bytes.writeUIntBE(value, 0, bytes.length)
    add(OPTION.block2, bytes)
  }
  if (echo !== undefined) add(OPTION.echo, echo)
  if (payload !== undefined) parts.push(Buffer.of(PAYLOAD_MARK), payload)
  return Buffer.concat(parts)
}

/** @see RFC 7252 §3.1: from 13 on, what is above follows in one byte; nothing here is above 268 */
function extension(value: number): readonly [number, readonly number[]] {
  return value < 13 ? [value, []] : [13, [value - 13]]
}

/** The empty acknowledgement of a response that came by itself. */
export function acknowledgement(id: number): Buffer {
  return Buffer.of(0x60, CODE.empty, id >> 8, id & 0xff)
}

/** @throws {RangeError} when it is cut short */
export function parsePacket(bytes: Buffer): CoapPacket {
  const tokenBytes = bytes.readUInt8(0) & 0x0f
  let at = 4 + tokenBytes
  let option = 0
  let block2: Block | undefined
  let echo: Buffer | undefined
  while (at < bytes.length && bytes[at] !== PAYLOAD_MARK) {
    const first = bytes.readUInt8(at++)
    const [delta, afterDelta] = extended(bytes, first >> 4, at)
    const [length, afterLength] = extended(bytes, first & 0x0f, afterDelta)
    option += delta
    if (option === OPTION.block2) {
      const value = length === 0 ? 0 : bytes.readUIntBE(afterLength, length)
      block2 = { number: value >> 4, isMore: (value & 8) !== 0, exponent: value & 7 }
    }
    if (option === OPTION.echo) echo = bytes.subarray(afterLength, afterLength + length)
    at = afterLength + length
  }
  return {
    kind: (bytes.readUInt8(0) >> 4) & 3,
    code: bytes.readUInt8(1),
    id: bytes.readUInt16BE(2),
    token: tokenBytes === TOKEN_BYTES ? bytes.readUInt32BE(4) : 0,
    block2,
    echo,
    payload: bytes.subarray(at + 1),
  }
}

/** @see RFC 7252 §3.1: 13 and 14 say that the number follows in one or two bytes */
function extended(bytes: Buffer, nibble: number, at: number): readonly [number, number] {
  if (nibble === 13) return [13 + bytes.readUInt8(at), at + 1]
  if (nibble === 14) return [269 + bytes.readUInt16BE(at), at + 2]
  return [nibble, at]
}
