import { fromHex } from '../../src/ids.ts'
import { asLabel } from '../../src/label.ts'
import { entropyOf, identityOf, wordsOf } from '../../src/seed/seed.ts'
import { joinSeed } from '../../src/seed/shares.ts'
import { publicKey } from '../../src/umbral/keys.ts'
import vectors from '../vectors/seed.json' with { type: 'json' }
import { type Checks, same } from './assert.ts'

const identities: Checks = Object.fromEntries(
  vectors.identities.map(({ entropy, words, address, labels, ...keys }) => [
    `seed: ${words.split(' ').slice(0, 2).join(' ')} …`,
    () => {
      same(wordsOf(fromHex(entropy)), words, 'words')
      same(entropyOf(` ${words.toUpperCase().replaceAll(' ', '\n ')}\t`), entropy, 'entropy')
      const { signer, ownDevice: _own, labelSecret, ...derived } = identityOf(words)
      same(signer.address, address, 'account')
      same(derived, keys, 'keys')
      for (const { label, secret, publicKey: expected } of labels) {
        same(labelSecret(asLabel(label)), secret, label)
        same(publicKey(labelSecret(asLabel(label))), expected, label)
      }
    },
  ]),
)

const shares: Checks = Object.fromEntries(
  vectors.shares.map(({ entropy, threshold, shares }) => [
    `seed: ${threshold} of ${shares.length} shares`,
    async () => {
      same(await joinSeed(shares.slice(0, threshold)), entropy, 'the first')
      same(await joinSeed(shares.slice(-threshold)), entropy, 'the last')
      same(await joinSeed([...shares].reverse()), entropy, 'all, backwards')
    },
  ]),
)

export const seedChecks: Checks = { ...identities, ...shares }
