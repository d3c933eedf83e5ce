import { MalformedError } from '@hygeia/protocol/errors'
import { addressOfPublicKey, type Recover, recoverAddress, splitSignature } from '@hygeia/protocol/signature'

/**
 * The fastest way on this machine to find who signed: libsecp256k1 (0.1 ms), or the protocol's own JavaScript
 * (3 ms) where the native addon cannot be loaded.
 */
export async function loadRecover(): Promise<Recover> {
  const native = await import('secp256k1').then(
    ({ default: library }) => library,
    () => undefined,
  )
  if (native === undefined) return recoverAddress
  return (digest, signature) => {
    const { rs, recovery } = splitSignature(signature)
    let publicKey: Uint8Array
    try {
      publicKey = native.ecdsaRecover(rs, recovery, digest, false)
    } catch (cause) {
      throw new MalformedError('signature', 'recovers no key', { cause })
    }
    return addressOfPublicKey(publicKey)
  }
}
