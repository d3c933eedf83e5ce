import { PublicKey } from '@nucypher/umbral-pre'
import t from 'tap'
import { openReencrypted, verifyCfrag } from '../../../src/umbral/cfrag.ts'
import { unwrap, wrap } from '../../../src/umbral/encrypt.ts'
import { labelSecretKey, publicKey, randomSecretKey } from '../../../src/umbral/keys.ts'
import { dealKfrags, Reencrypter } from '../../../src/umbral/kfrag.ts'
import { heapEnd } from '../../support/wasm-memory.ts'

const ROUNDS = process.env.HYGEIA_SOAK === '1' ? 20_000 : 150
/** One object of the smallest kind, leaked each round, is some 15,000 bytes. */
const SLACK_BYTES = 2_048

const delegating = randomSecretKey()
const receiving = randomSecretKey()
const verifying = randomSecretKey()
const keys = {
  verifyingKey: publicKey(verifying),
  delegatingKey: publicKey(delegating),
  receivingKey: publicKey(receiving),
}
const plaintext = new Uint8Array(32)
const wrapped = wrap(keys.delegatingKey, plaintext)
const dealing = {
  delegatingSecret: delegating,
  receivingKey: keys.receivingKey,
  signingSecret: verifying,
  threshold: 1,
  shares: 1,
}
const [kfrag = new Uint8Array()] = dealKfrags(dealing)
const held = new Reencrypter(kfrag, keys)
const cfrag = held.reencrypt(wrapped.capsule)
const others = { ...keys, receivingKey: keys.verifyingKey }
const refused = (work: () => unknown) => () => {
  try {
    work()
  } catch {
    return
  }
  throw new Error('was not refused')
}

const operations: Record<string, () => unknown> = {
  'a public key': () => publicKey(delegating),
  'a label key': () => labelSecretKey(plaintext, 'vitals/2026-01/0'),
  wrapping: () => wrap(keys.delegatingKey, plaintext),
  unwrapping: () => unwrap(delegating, wrapped),
  'unwrapping with another key': refused(() => unwrap(receiving, wrapped)),
  dealing: () => dealKfrags(dealing),
  're-encrypting': () => held.reencrypt(wrapped.capsule),
  'a re-encrypter': () => new Reencrypter(kfrag, keys).free(),
  'a kfrag of others': refused(() => new Reencrypter(kfrag, others)),
  'a kfrag that is none': refused(() => new Reencrypter(kfrag.subarray(1), keys)),
  'checking a cfrag': () => verifyCfrag(cfrag, wrapped.capsule, keys),
  'a cfrag of others': refused(() => verifyCfrag(cfrag, wrapped.capsule, others)),
  'a cfrag that is none': refused(() => verifyCfrag(cfrag.subarray(1), wrapped.capsule, keys)),
  opening: () => openReencrypted(receiving, keys, wrapped, [cfrag]),
  'opening with a stranger’s key': refused(() => openReencrypted(verifying, keys, wrapped, [cfrag])),
  'opening with a forged second one': refused(() =>
    openReencrypted(receiving, keys, wrapped, [cfrag, plaintext]),
  ),
}

/** Bytes by which the heap grew while `operation` ran again and again. */
function grownBy(operation: () => unknown): number {
  for (let round = 0; round < 10; round++) operation()
  const before = heapEnd()
  for (let round = 0; round < ROUNDS; round++) operation()
  return heapEnd() - before
}

for (const [name, operation] of Object.entries(operations)) {
  t.test(`nothing is lost on the wasm heap: ${name}`, async (t) => {
    const grown = grownBy(operation)
    t.ok(grown <= SLACK_BYTES, `${ROUNDS} times, ${grown} bytes more`)
  })
}

t.test('a leak of the smallest object would show', async (t) => {
  const bytes = keys.delegatingKey
  const leaked: PublicKey[] = []
  t.ok(grownBy(() => leaked.push(PublicKey.fromCompressedBytes(bytes))) > 2 * SLACK_BYTES)
  for (const key of leaked) key.free()
})
