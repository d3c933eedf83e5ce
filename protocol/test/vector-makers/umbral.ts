import { encrypt, generateKFrags, reencrypt, SecretKey, Signer } from '@nucypher/umbral-pre'
import { filled, hex } from './world.ts'

/** Drawn at random once, straight from the library: whether they still open is what these say. */
export function makeUmbral(): Record<string, unknown> {
  return {
    '1 of 1': exchange(1, 1),
    '2 of 3': exchange(2, 3),
  }
}

function exchange(threshold: number, shares: number) {
  const delegating = SecretKey.random()
  const receiving = SecretKey.random()
  const verifying = SecretKey.random()
  const publicOf = (secret: SecretKey) => hex(secret.publicKey().toCompressedBytes())
  const plaintext = filled(32, 600 + shares)
  const [capsule, ciphertext] = encrypt(delegating.publicKey(), plaintext)
  const kfrags = generateKFrags(
    delegating,
    receiving.publicKey(),
    new Signer(verifying),
    threshold,
    shares,
    true,
    true,
  )
  return {
    delegatingSecret: hex(delegating.toBEBytes()),
    delegatingKey: publicOf(delegating),
    receivingSecret: hex(receiving.toBEBytes()),
    receivingKey: publicOf(receiving),
    verifyingSecret: hex(verifying.toBEBytes()),
    verifyingKey: publicOf(verifying),
    threshold,
    plaintext: hex(plaintext),
    capsule: hex(capsule.toBytes()),
    ciphertext: hex(ciphertext),
    kfrags: kfrags.map((kfrag) => hex(kfrag.toBytes())),
    cfrags: kfrags.map((kfrag) => hex(reencrypt(capsule, kfrag).toBytes())),
  }
}
