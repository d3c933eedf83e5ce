import { generateKFrags, reencrypt, Signer, type VerifiedKeyFrag } from '@nucypher/umbral-pre'
import { attempt } from './errors.ts'
import { capsuleOf, kfragOf, publicKeyOf, secretKeyOf } from './parse.ts'
import { scoped } from './scope.ts'

export interface Dealing {
  /** Secret label key, 32 bytes. */
  readonly delegatingSecret: Uint8Array
  /** The physician's public key, 33 bytes. */
  readonly receivingKey: Uint8Array
  /** The patient's secret signing key, 32 bytes; its public half is the verifying key. */
  readonly signingSecret: Uint8Array
  /** How many fragments open a capsule, 1 to `shares`. */
  readonly threshold: number
  readonly shares: number
}

/**
 * Deal key fragments, one for each proxy.
 *
 * @returns `shares` times 310 bytes
 * @throws {RangeError} for a threshold of none, or one that can never be met: the library deals even those
 */
export function dealKfrags(dealing: Dealing): readonly Uint8Array[] {
  if (!(dealing.threshold >= 1 && dealing.threshold <= dealing.shares))
    throw new RangeError(`not ${dealing.threshold} of ${dealing.shares}`)
  return scoped((own) => {
    const signer = own(new Signer(own(secretKeyOf(dealing.signingSecret))))
    const frags = generateKFrags(
      own(secretKeyOf(dealing.delegatingSecret)),
      own(publicKeyOf(dealing.receivingKey)),
      signer,
      dealing.threshold,
      dealing.shares,
      true,
      true,
    )
    return frags.map((frag) => own(frag).toBytes())
  })
}

/** The public keys (33 bytes each) that a fragment is checked against. */
export interface FragKeys {
  readonly verifyingKey: Uint8Array
  readonly delegatingKey: Uint8Array
  readonly receivingKey: Uint8Array
}

/** A verified key fragment that re-encrypts. Holds wasm memory until it is freed. */
export class Reencrypter {
  #kfrag: VerifiedKeyFrag | undefined

  /** @throws {UmbralError} `UMBRAL_MALFORMED`, or `UMBRAL_NOT_VERIFIED` when it was dealt for other keys */
  constructor(kfrag: Uint8Array, keys: FragKeys) {
    this.#kfrag = scoped((own) => {
      const verifying = own(publicKeyOf(keys.verifyingKey))
      const delegating = own(publicKeyOf(keys.delegatingKey))
      const receiving = own(publicKeyOf(keys.receivingKey))
      // verify() consumes its receiver, so that the parsed fragment must not be freed.
      const parsed = kfragOf(kfrag)
      return attempt('UMBRAL_NOT_VERIFIED', 'kfrag', () => parsed.verify(verifying, delegating, receiving))
    })
  }

  /** @param capsule - 105 bytes @returns cfrag of 381 bytes @throws {UmbralError} `UMBRAL_MALFORMED` */
  reencrypt(capsule: Uint8Array): Uint8Array {
    const kfrag = this.#kfrag
    if (kfrag === undefined) throw new Error('re-encrypter was freed')
    return scoped((own) => own(reencrypt(own(capsuleOf(capsule)), kfrag)).toBytes())
  }

  free(): void {
    this.#kfrag?.free()
    this.#kfrag = undefined
  }
}
