import type { Address } from '@hygeia/protocol/ids'

/**
 * Keys of the audit log; numbers have 15 digits, so that the order of keys is that of numbers.
 *
 * | key | value |
 * |---|---|
 * | `e` index | signature (64 bytes), then the entry |
 * | `p` patient index | – |
 * | `a` first index | anchor record: intent, then final |
 * | `t` first index | leaf hashes of the anchor, joined |
 */
const number = (value: number) => String(value).padStart(15, '0')

export const entryKey = (index: number) => Buffer.from(`e${number(index)}`)
export const patientKey = (patient: Address, index: number) => Buffer.from(`p${patient}${number(index)}`)
export const anchorKey = (first: number) => Buffer.from(`a${number(first)}`)
export const leavesKey = (first: number) => Buffer.from(`t${number(first)}`)

/** Index at the end of a key. */
export const indexIn = (key: Uint8Array) => Number(Buffer.from(key.slice(-15)).toString())

/** Every key that begins with `letter`. */
export const rangeOf = (letter: string) => ({ gte: Buffer.from(letter), lt: Buffer.from(`${letter}~`) })
