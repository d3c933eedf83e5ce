import { wordsOf } from '@hygeia/protocol/seed/seed'
import t from 'tap'
import type { Derivation } from '../../../src/keys/derive.ts'
import { type Keystore, lock, parseKeystore, unlock } from '../../../src/keys/keystore.ts'
import { randomBytes } from '../../../src/random.ts'

const PASSPHRASE = 'correct horse battery staple'
// Cheap, so that a test may guess often.
const cost: Derivation = { name: 'argon2id', memoryKib: 64, passes: 1, lanes: 1 }
const entropy = randomBytes(32)
const keystore = await lock('patient', entropy, PASSPHRASE, cost)

t.test('a keystore gives back what was locked in it', async (t) => {
  const opened = await unlock(parseKeystore(JSON.stringify(keystore)), PASSPHRASE)
  t.same(opened.entropy, entropy)
  t.equal(opened.identity.signer.address, keystore.address)
})

t.test('the default cost is that of RFC 9106', async (t) => {
  const { derivation } = await lock('physician', entropy, PASSPHRASE)
  t.same(derivation, { name: 'argon2id', memoryKib: 65_536, passes: 3, lanes: 4 })
})

t.test('a passphrase typed on another keyboard is the same passphrase', async (t) => {
  const composed = await lock('patient', entropy, 'pässphräse-größe', cost)
  t.same((await unlock(composed, 'pässphräse-größe'.normalize('NFD'))).entropy, entropy)
})

t.test('a wrong passphrase is called so', async (t) => {
  await t.rejects(unlock(keystore, `${PASSPHRASE} `), { code: 'WRONG_PASSPHRASE' })
})

t.test('a short passphrase is refused', async (t) => {
  await t.rejects(lock('patient', entropy, 'elevenchars', cost), { code: 'WEAK_PASSPHRASE' })
})

t.test('nothing of the words is in the file', async (t) => {
  // A role is a word of the list, too.
  const { role: _, ...rest } = keystore
  const text = JSON.stringify(rest)
  t.notMatch(text, Buffer.from(entropy).toString('hex'))
  // Some words are names of fields, too.
  for (const word of wordsOf(entropy).split(' ')) t.notMatch(text, `:"${word}`)
})

t.test('a file that was changed anywhere does not open, and says that it is damaged', async (t) => {
  const other = await lock('patient', randomBytes(32), PASSPHRASE, cost)
  const changes: Partial<Record<keyof Keystore, unknown>> = {
    role: 'physician',
    address: other.address,
    nonce: other.nonce,
    ciphertext: other.ciphertext,
  }
  for (const [field, value] of Object.entries(changes)) {
    const changed = parseKeystore(JSON.stringify({ ...keystore, [field]: value }))
    await t.rejects(unlock(changed, PASSPHRASE), { code: 'KEYSTORE_DAMAGED' }, field)
  }
})

t.test('a file of another form is refused before any work is done for it', (t) => {
  const hostile = [
    '',
    '[]',
    '{',
    JSON.stringify({ ...keystore, version: 2 }),
    JSON.stringify({ ...keystore, salt: '0x00' }),
    JSON.stringify({ ...keystore, more: 1 }),
    JSON.stringify({ ...keystore, derivation: { ...cost, memoryKib: 2 ** 31 } }),
    JSON.stringify({ ...keystore, derivation: { ...cost, passes: 1e9 } }),
  ]
  for (const text of hostile) t.throws(() => parseKeystore(text), { code: 'KEYSTORE_DAMAGED' })
  t.end()
})
