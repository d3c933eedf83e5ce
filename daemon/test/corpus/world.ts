import { createHash } from 'node:crypto'
import type { RefusalReason } from '@hygeia/protocol/device-link/refusal'
import type { Address, Incarnation } from '@hygeia/protocol/ids'
import { formatLabel, monthOf } from '@hygeia/protocol/label'
import { CAPSULE_BYTES, encodeSealed, WRAPPED_KEY_BYTES } from '@hygeia/protocol/sealed/codec'
import type { SealedBatch, SealedHeader } from '@hygeia/protocol/sealed/header'
import { sealedDigester } from '@hygeia/protocol/sealed/signing'
import { keySigner, type Signer } from '@hygeia/protocol/signature'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import type { UnixMs } from '@hygeia/protocol/units'

/** `length` bytes that look random and are always the same for one `seed`. */
export function seeded(seed: string, length: number): Buffer {
  return createHash('shake256', { outputLength: length }).update(seed).digest()
}

/** Always the same account for one `name`. */
export const seededSigner = (name: string): Signer => keySigner(seeded(`key/${name}`, 32))

/** Whom the corpus is about; the caller binds `device`, `other` and `suspended` on a chain. */
export const CAST = {
  device: seededSigner('device'),
  other: seededSigner('other'),
  suspended: seededSigner('suspended'),
  unknown: seededSigner('unknown'),
} as const
/** `suspended` ends with this sequence of `INCARNATION`. */
export const LAST_SEQUENCE = 5
export const INCARNATION = '0x00000000000000aa' as Incarnation

export interface World {
  readonly realm: Realm
  /** Operator account of the hospital that is tried. */
  readonly hospital: Address
  readonly now: UnixMs
}

/** What is said to a bad batch or question, on a connection of its own device and where nobody logs in. */
export interface Expected {
  readonly mqtt: RefusalReason | 'busy'
  readonly coap: RefusalReason | 'busy'
}

export interface BadMessage {
  readonly name: string
  readonly bytes: Uint8Array
  readonly expected: Expected
}

export const both = (name: RefusalReason | 'busy'): Expected => ({ mqtt: name, coap: name })

/** A batch in order, that `signer` signs; `changes` may leave what is usual. */
export function sealedBatch(
  { realm, now }: World,
  signer: Signer,
  seed: string,
  changes: Partial<SealedHeader> & { readonly ciphertext?: Uint8Array; readonly signer?: Signer } = {},
): SealedBatch {
  const { ciphertext = seeded(`${seed}/ciphertext`, 320), signer: signs = signer, ...rest } = changes
  const header: SealedHeader = {
    device: signer.address,
    label: formatLabel({ category: 'vitals', month: monthOf(now), generation: 0 }),
    incarnation: INCARNATION,
    sequence: 1_000,
    prev: undefined,
    from: (now - 60_000) as UnixMs,
    to: now,
    isDated: true,
    priority: 'vitals',
    capsule: seeded(`${seed}/capsule`, CAPSULE_BYTES),
    wrappedKey: seeded(`${seed}/wrapped`, WRAPPED_KEY_BYTES),
    ...rest,
  }
  const signature = signs.sign(sealedDigester(realm)(header, ciphertext))
  return { ...header, ciphertext, signature }
}

export const encoded = (...args: Parameters<typeof sealedBatch>) => encodeSealed(sealedBatch(...args))
