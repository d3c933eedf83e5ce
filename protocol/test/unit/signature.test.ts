import { secp256k1 } from '@noble/curves/secp256k1.js'
import { SigningKey, Wallet } from 'ethers'
import fc from 'fast-check'
import t from 'tap'
import { fromHex, toHex } from '../../src/ids.ts'
import { keccak256 } from '../../src/keccak.ts'
import { keySigner, recoverAddress, splitSignature, toContractSignature } from '../../src/signature.ts'

const ORDER = secp256k1.Point.Fn.ORDER
const key = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .filter((bytes) => secp256k1.utils.isValidSecretKey(bytes))
const bytes32 = (value: bigint) => fromHex(`0x${value.toString(16).padStart(64, '0')}`)
const signature = (r: bigint, s: bigint) => Uint8Array.of(...bytes32(r), ...bytes32(s))

t.test('signs as ethers does, byte for byte, and recovers the signer', async () => {
  fc.assert(
    fc.property(key, fc.uint8Array({ minLength: 32, maxLength: 32 }), (secret, digest) => {
      const signer = keySigner(secret)
      const made = signer.sign(digest)
      const expected = new SigningKey(secret).sign(digest)
      return (
        signer.address === new Wallet(toHex(secret)).address.toLowerCase() &&
        toHex(made) === expected.compactSerialized &&
        toContractSignature(made) === expected.serialized &&
        recoverAddress(digest, made) === signer.address
      )
    }),
    { numRuns: 60 },
  )
})

t.test('the signer keeps its own copy of the key', async (t) => {
  const secret = new Uint8Array(32).fill(3)
  const signer = keySigner(secret)
  const before = signer.sign(keccak256())
  secret.fill(9)
  t.same(signer.sign(keccak256()), before)
})

t.test('what is no signature is refused', async (t) => {
  const digest = keccak256()
  const wrong: Record<string, Uint8Array> = {
    'a byte less': new Uint8Array(63).fill(1),
    'a byte more': new Uint8Array(65).fill(1),
    'nothing but zeros': new Uint8Array(64),
    'r of zero': signature(0n, 1n),
    'r of the order': signature(ORDER, 1n),
    's of zero': signature(1n, 0n),
    's in the upper half': signature(1n, (ORDER >> 1n) + 1n),
    // x = 5 is on no point of the curve (SEC 2, y² = x³ + 7).
    'r that is no point': signature(5n, 1n),
  }
  for (const [name, bytes] of Object.entries(wrong)) {
    t.throws(() => recoverAddress(digest, bytes), { code: 'MALFORMED' }, name)
  }
  // Its top bit is the recovery bit of another s: the other of a pair never stands for the same signature.
  t.not(toHex(splitSignature(signature(1n, ORDER - 1n)).rs), toHex(signature(1n, ORDER - 1n)))
  t.equal(splitSignature(signature(1n, ORDER >> 1n)).recovery, 0, 'the largest s that is low')
})
