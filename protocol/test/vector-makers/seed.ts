import { hkdfSync, pbkdf2Sync } from 'node:crypto'
import { type SecretKey, SecretKeyFactory } from '@nucypher/umbral-pre'
import { HDNodeWallet, Mnemonic } from 'ethers'
import { splitSeed } from '../../src/seed/shares.ts'
import { filled, hex } from './world.ts'

/** 256-bit vectors of BIP-39. @see https://github.com/trezor/python-mnemonic/blob/master/vectors.json */
const BIP39 = [
  ['00'.repeat(32), `${'abandon '.repeat(23)}art`],
  [
    '7f'.repeat(32),
    'legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth title',
  ],
  [
    '80'.repeat(32),
    'letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor acoustic bless',
  ],
  ['ff'.repeat(32), `${'zoo '.repeat(23)}vote`],
  [
    '68a79eaca2324873eacc50cb9c6eca8cc68ea5d936f98787c60c7ebc74e6ce7c',
    'hamster diagram private dutch cause delay private meat slide toddler razor book happy fancy gospel tennis maple dilemma loan word shrug inflict delay length',
  ],
  [
    'f585c11aec520db57dd353c69554b21a89b20fb0650966fa0a9d6f74fd989d8f',
    'void come effort suffer camp survey warrior heavy shoot primary clutch crush open amazing screen patrol group space point ten exist slush involve unfold',
  ],
] as const

const LABELS = ['vitals/2026-01/0', 'vitals/2026-01/1', 'ecg/2026-02/0']

/** Accounts by ethers, seeds and keys by node:crypto; the step from 32 bytes to an Umbral key is the library's. */
export async function makeSeed(): Promise<Record<string, unknown>> {
  const identities = BIP39.map(([entropy, words]) => {
    const seed = pbkdf2Sync(words, 'mnemonic', 2_048, 64, 'sha512')
    const derive = (purpose: string) =>
      new Uint8Array(hkdfSync('sha256', seed, '', `hygeia/${purpose}/1`, 32))
    const under = (purpose: string, label: string) =>
      SecretKeyFactory.fromSecureRandomness(derive(purpose)).makeKey(Buffer.from(label))
    const publicOf = (secret: SecretKey) => hex(secret.publicKey().toCompressedBytes())
    const verifying = under('umbral-verifying', 'key')
    const receiving = under('umbral-receiving', 'key')
    return {
      entropy: `0x${entropy}`,
      words,
      address: HDNodeWallet.fromMnemonic(
        Mnemonic.fromPhrase(words),
        "m/44'/60'/0'/0/0",
      ).address.toLowerCase(),
      verifyingSecret: hex(verifying.toBEBytes()),
      verifyingKey: publicOf(verifying),
      receivingSecret: hex(receiving.toBEBytes()),
      receivingKey: publicOf(receiving),
      labels: LABELS.map((label) => {
        const secret = under('umbral-factory', label)
        return { label, secret: hex(secret.toBEBytes()), publicKey: publicOf(secret) }
      }),
    }
  })
  const shares = await Promise.all(
    [
      [3, 2],
      [5, 3],
      [16, 16],
    ].map(async ([count = 0, threshold = 0], index) => {
      const entropy = filled(32, 500 + index)
      return {
        entropy: hex(entropy),
        threshold,
        shares: await splitSeed(entropy, count, threshold, filled(4, 510 + index)),
      }
    }),
  )
  return { identities, shares }
}
