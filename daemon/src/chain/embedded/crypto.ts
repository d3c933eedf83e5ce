import type { CustomCrypto } from '@ethereumjs/common'
import { createKeccak } from 'hash-wasm'
import secp256k1 from 'secp256k1'

/** Native curve and WASM hash: an ECDSA recovery takes 0.05 ms instead of 3 ms, which is what bounds a block. */
export interface ChainCrypto {
  readonly keccak256: (bytes: Uint8Array) => Uint8Array
  /** What the EthereumJS libraries take in place of their JavaScript. */
  readonly custom: CustomCrypto
  /** Recoverable signature over a 32-byte digest as Clique writes it: r, s, recovery id; 65 bytes. */
  readonly seal: (digest: Uint8Array, secretKey: Uint8Array) => Uint8Array
  /** Address that made `seal` over `digest`: 20 bytes. @throws when no key could have */
  readonly sealer: (digest: Uint8Array, seal: Uint8Array) => Uint8Array
  /** @throws {Error} when the key is not one of the curve's */
  readonly addressOf: (secretKey: Uint8Array) => Uint8Array
}

export async function loadCrypto(): Promise<ChainCrypto> {
  const hasher = await createKeccak(256)
  const keccak256 = (bytes: Uint8Array): Uint8Array => {
    hasher.init()
    hasher.update(bytes)
    return hasher.digest('binary')
  }
  const addressFrom = (publicKey: Uint8Array) => keccak256(publicKey.subarray(1)).slice(12)
  return {
    keccak256,
    custom: { keccak256, ecrecover },
    seal(digest, secretKey) {
      const { signature, recid } = secp256k1.ecdsaSign(digest, secretKey)
      const seal = new Uint8Array(65)
      seal.set(signature)
      seal[64] = recid
      return seal
    },
    sealer: (digest, seal) =>
      addressFrom(secp256k1.ecdsaRecover(seal.subarray(0, 64), seal[64] ?? 0, digest, false)),
    addressOf: (secretKey) => addressFrom(secp256k1.publicKeyCreate(secretKey, false)),
  }
}

/**
 * Public key that made a signature, with `v` in any of its three forms.
 *
 * @param v - 0 or 1; 27 or 28; or with `chainId`, chainId * 2 + 35 or + 36 (EIP-155)
 * @returns 64 bytes
 * @throws when `v` is none of those or no key could have made it
 */
function ecrecover(
  digest: Uint8Array,
  v: bigint,
  r: Uint8Array,
  s: Uint8Array,
  chainId?: bigint,
): Uint8Array {
  let recovery = v
  if (v > 1n) recovery = chainId === undefined ? v - 27n : v - chainId * 2n - 35n
  if (recovery !== 0n && recovery !== 1n) throw new Error('invalid signature v value')
  const signature = new Uint8Array(64)
  signature.set(r, 32 - r.length)
  signature.set(s, 64 - s.length)
  return secp256k1.ecdsaRecover(signature, Number(recovery), digest, false).slice(1)
}
