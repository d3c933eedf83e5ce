import { decode, encode } from '@ipld/dag-cbor'
import { MalformedError } from './errors.ts'

export { encode as encodeCbor } from '@ipld/dag-cbor'

/**
 * Decode one DAG-CBOR value, refusing every encoding of it but the canonical one.
 *
 * @param what - format that was expected, for the error
 * @throws {MalformedError} when truncated, followed by more bytes, larger than `limitBytes` or not canonical
 */
export function decodeCbor(bytes: Uint8Array, what: string, limitBytes: number): unknown {
  if (bytes.length > limitBytes)
    throw new MalformedError(what, `${bytes.length} bytes, at most ${limitBytes}`)
  let value: unknown
  let canonical: Uint8Array
  try {
    value = decode(bytes)
    canonical = encode(value)
  } catch (cause) {
    throw new MalformedError(what, 'not DAG-CBOR', { cause })
  }
  if (!sameBytes(canonical, bytes)) throw new MalformedError(what, 'not canonical DAG-CBOR')
  return value
}

/** Whether two byte strings are equal; takes as long wherever they differ, so that MACs may be compared. */
export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false
  let differ = 0
  for (let index = 0; index < left.length; index++) differ |= Number(left[index]) ^ Number(right[index])
  return differ === 0
}
