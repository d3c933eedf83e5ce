/** Numbers of the options that this door knows. @see IANA "CoAP Option Numbers" */
export const OPTION = {
  uriHost: 3,
  etag: 4,
  uriPort: 7,
  uriPath: 11,
  contentFormat: 12,
  maxAge: 14,
  uriQuery: 15,
  accept: 17,
  block2: 23,
  block1: 27,
  size2: 28,
  proxyUri: 35,
  size1: 60,
  echo: 252,
  requestTag: 292,
} as const

export const TYPE = { confirmable: 0, nonConfirmable: 1, acknowledgement: 2, reset: 3 } as const

/** `class.detail` of a code as its byte, so `code(2, 4)` is 2.04. */
export const code = (codeClass: number, detail: number) => (codeClass << 5) | detail

export const CODE = {
  empty: code(0, 0),
  post: code(0, 2),
  changed: code(2, 4),
  continue: code(2, 31),
  badRequest: code(4, 0),
  unauthorized: code(4, 1),
  badOption: code(4, 2),
  notFound: code(4, 4),
  methodNotAllowed: code(4, 5),
  incomplete: code(4, 8),
  tooLarge: code(4, 13),
  internal: code(5, 0),
} as const

export interface Option {
  readonly number: number
  readonly value: Uint8Array
}

export interface Message {
  readonly type: number
  readonly code: number
  readonly id: number
  readonly token: Uint8Array
  readonly options: readonly Option[]
  readonly payload: Uint8Array
}

/** Most options in one message; none of ours has more than eight. */
const OPTIONS_LIMIT = 32
const PAYLOAD_MARKER = 0xff

/**
 * Read one datagram, strictly: what is cut short or uses a reserved value is no message.
 *
 * @returns undefined for anything but a well-formed message of version 1
 * @see RFC 7252 §3
 */
export function parseMessage(bytes: Buffer): Message | undefined {
  const first = bytes[0]
  if (bytes.length < 4 || first === undefined || first >> 6 !== 1) return undefined
  const tokenBytes = first & 0x0f
  if (tokenBytes > 8 || bytes.length < 4 + tokenBytes) return undefined
  const head = {
    type: (first >> 4) & 3,
    code: bytes[1] ?? 0,
    id: bytes.readUInt16BE(2),
    token: bytes.subarray(4, 4 + tokenBytes),
  }
  if (head.code === CODE.empty) {
    return bytes.length === 4 ? { ...head, options: [], payload: bytes.subarray(4) } : undefined
  }
  const options: Option[] = []
  let number = 0
  let at = 4 + tokenBytes
  while (at < bytes.length && bytes[at] !== PAYLOAD_MARKER) {
    const byte = bytes[at++] ?? 0
    const delta = readExtended(bytes, at, byte >> 4)
    if (delta === undefined) return undefined
    const length = readExtended(bytes, delta.end, byte & 0x0f)
    if (length === undefined || length.end + length.value > bytes.length) return undefined
    number += delta.value
    at = length.end + length.value
    options.push({ number, value: bytes.subarray(length.end, at) })
    if (options.length > OPTIONS_LIMIT || number > 0xffff) return undefined
  }
  // A marker promises a payload.
  if (at === bytes.length - 1) return undefined
  return { ...head, options, payload: bytes.subarray(Math.min(at + 1, bytes.length)) }
}

function readExtended(bytes: Buffer, at: number, nibble: number): { value: number; end: number } | undefined {
  if (nibble < 13) return { value: nibble, end: at }
  if (nibble === 13) {
    const byte = bytes[at]
    return byte === undefined ? undefined : { value: byte + 13, end: at + 1 }
  }
  if (nibble === 14 && at + 2 <= bytes.length) return { value: bytes.readUInt16BE(at) + 269, end: at + 2 }
  return undefined
}

export function encodeMessage({ type, code, id, token, options, payload }: Message): Buffer {
  const head = Buffer.allocUnsafe(4)
  head[0] = (1 << 6) | (type << 4) | token.length
  head[1] = code
  head.writeUInt16BE(id, 2)
  const parts: Uint8Array[] = [head, token]
  let number = 0
  for (const option of [...options].sort((a, b) => a.number - b.number)) {
    const delta = option.number - number
    number = option.number
    const bytes = [(nibbleOf(delta) << 4) | nibbleOf(option.value.length)]
    parts.push(Buffer.from([...bytes, ...extended(delta), ...extended(option.value.length)]), option.value)
  }
  if (payload.length > 0) parts.push(Buffer.from([PAYLOAD_MARKER]), payload)
  return Buffer.concat(parts)
}

const nibbleOf = (value: number) => (value < 13 ? value : value < 269 ? 13 : 14)

function extended(value: number): readonly number[] {
  if (value < 13) return []
  if (value < 269) return [value - 13]
  return [(value - 269) >> 8, (value - 269) & 0xff]
}

/** Value of the first option with this number. */
export function optionOf({ options }: Message, number: number): Uint8Array | undefined {
  return options.find((option) => option.number === number)?.value
}

/**
 * `/` and the path segments joined; undefined when one is not UTF-8 without slashes.
 *
 * A proxy that is told to hand everything to this door leaves the whole address in Proxy-Uri, which then counts instead.
 *
 * @see RFC 7252 §5.10.2
 */
export function pathOf({ options }: Message): string | undefined {
  const proxied = options.find(({ number }) => number === OPTION.proxyUri)
  if (proxied !== undefined) return URL.parse(Buffer.from(proxied.value).toString('utf8'))?.pathname
  const segments = options
    .filter(({ number }) => number === OPTION.uriPath)
    .map(({ value }) => Buffer.from(value).toString('utf8'))
  if (segments.some((segment) => segment.includes('/') || segment.includes('\ufffd'))) return undefined
  return `/${segments.join('/')}`
}

const KNOWN = new Set<number>(Object.values(OPTION))

/** Whether an option must be understood and is not. Odd numbers are critical. @see RFC 7252 §5.4.1 */
export function hasUnknownCritical({ options }: Message): boolean {
  return options.some(({ number }) => number % 2 === 1 && !KNOWN.has(number))
}

/** Unsigned integer without leading zeros, as options carry it. */
export function uintValue(value: number): Uint8Array {
  const bytes: number[] = []
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return Uint8Array.from(bytes)
}

/** @returns undefined when longer than four bytes */
export function readUint(value: Uint8Array): number | undefined {
  return value.length > 4 ? undefined : value.reduce((number, byte) => number * 256 + byte, 0)
}
