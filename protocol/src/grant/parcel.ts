import { MalformedError } from '../errors.ts'
import { type Hex32, toHex } from '../ids.ts'
import { keccak256 } from '../keccak.ts'
import { unwrap, type Wrapped, wrap } from '../umbral/encrypt.ts'
import type { GrantProxy } from './grant.ts'

/** Bytes of an Umbral key fragment. */
export const KFRAG_BYTES = 310

/** @param kfrags - of one proxy, in the order of the grant's labels */
export function commitmentOf(kfrags: readonly Uint8Array[]): Hex32 {
  return toHex(keccak256(...kfrags)) as string as Hex32
}

/** One proxy's kfrags, encrypted to its pinned key. */
export function packKfrags(proxyKey: Uint8Array, kfrags: readonly Uint8Array[]): Wrapped {
  const joined = new Uint8Array(kfrags.length * KFRAG_BYTES)
  for (const [index, kfrag] of kfrags.entries()) joined.set(kfrag, index * KFRAG_BYTES)
  return wrap(proxyKey, joined)
}

/**
 * A proxy's own kfrags out of its parcel.
 *
 * @param proxySecret - 32 bytes
 * @param count - labels in the grant
 * @throws {UmbralError} when the parcel is for another key
 * @throws {MalformedError} when it does not hold what the grant commits to
 */
export function unpackKfrags(
  proxySecret: Uint8Array,
  parcel: Wrapped,
  proxy: GrantProxy,
  count: number,
): readonly Uint8Array[] {
  const joined = unwrap(proxySecret, parcel)
  if (joined.length !== count * KFRAG_BYTES) throw new MalformedError('kfrags', `not ${count} fragments`)
  const kfrags = Array.from({ length: count }, (_, index) =>
    joined.slice(index * KFRAG_BYTES, (index + 1) * KFRAG_BYTES),
  )
  if (commitmentOf(kfrags) !== proxy.commitment)
    throw new MalformedError('kfrags', 'not what the grant commits to')
  return kfrags
}
