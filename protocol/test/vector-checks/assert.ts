import { fromHex, toHex } from '../../src/ids.ts'

/** Checks by name; each throws when a vector does not hold. They run in Node and in browsers. */
export type Checks = Record<string, () => void | Promise<void>>

/** Bytes as hex, big integers as decimals, keys in order, nothing where nothing is: as JSON keeps it. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value)
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, item]) => [key, plain(item)]),
  )
}

export function same(actual: unknown, expected: unknown, what: string): void {
  const [got, wanted] = [JSON.stringify(plain(actual)), JSON.stringify(plain(expected))]
  if (got !== wanted) throw new Error(`${what}: ${got} is not ${wanted}`)
}

/** What a vector holds, with the named fields (or lists) turned from hex into bytes. */
export function revive<T>(json: unknown, ...fields: readonly string[]): T {
  const bytes = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(bytes) : fromHex(String(value))
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, fields.includes(key) ? bytes(item) : walk(item)]),
    )
  }
  return walk(json) as T
}
