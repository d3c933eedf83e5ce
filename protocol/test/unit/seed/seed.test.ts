import { hkdfSync, pbkdf2Sync } from 'node:crypto'
import { HDKey } from '@scure/bip32'
import t from 'tap'
import { asLabel } from '../../../src/label.ts'
import { entropyOf, identityOf, privateKeyAt, wordsOf } from '../../../src/seed/seed.ts'
import { keySigner } from '../../../src/signature.ts'
import vectors from '../../vectors/seed.json' with { type: 'json' }

const words = vectors.identities[0]?.words ?? ''

t.test('words that are no seed are refused', async (t) => {
  const wrong: Record<string, string> = {
    nothing: '',
    'one word wrong': words.replace('art', 'zoo'),
    'a word that is none': words.replace('art', 'artt'),
    'a word less': words.replace('abandon ', ''),
    // 12 words with a right checksum (BIP-39 vectors): too few for us.
    'twelve words': `${'abandon '.repeat(11)}about`,
  }
  for (const [name, text] of Object.entries(wrong)) {
    t.throws(() => entropyOf(text), { code: 'MALFORMED' }, name)
    t.throws(() => identityOf(text), { code: 'MALFORMED' }, name)
  }
  t.throws(() => wordsOf(new Uint8Array(16)), RangeError, 'half the entropy')
})

t.test('every purpose and every label has a secret of its own', async (t) => {
  const { verifyingSecret, receivingSecret, labelSecret } = identityOf(words)
  const secrets = [
    verifyingSecret,
    receivingSecret,
    labelSecret(asLabel('vitals/2026-01/0')),
    labelSecret(asLabel('vitals/2026-01/1')),
    labelSecret(asLabel('ecg/2026-01/0')),
  ]
  t.equal(new Set(secrets.map((secret) => Buffer.from(secret).toString('hex'))).size, secrets.length)
})

t.test('the device of one’s own is derived like the other keys', async (t) => {
  // BIP-39 and RFC 5869 by Node's own hands.
  const seed = pbkdf2Sync(words, 'mnemonic', 2_048, 64, 'sha512')
  const key = new Uint8Array(hkdfSync('sha256', seed, '', 'hygeia/own-device/1', 32))
  const { signer, ownDevice } = identityOf(words)
  t.equal(ownDevice.address, keySigner(key).address)
  t.not(ownDevice.address, signer.address)
})

t.test('there is no private key behind a public one', async (t) => {
  const root = HDKey.fromMasterSeed(new Uint8Array(64))
  t.equal(privateKeyAt(root, "m/44'").length, 32)
  t.throws(() => privateKeyAt(HDKey.fromExtendedKey(root.publicExtendedKey), 'm'), /no private key/)
})
