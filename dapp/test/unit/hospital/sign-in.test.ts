import { randomBytes } from 'node:crypto'
import { addressOf, toHex } from '@hygeia/protocol/ids'
import { getAddress, hashMessage } from 'ethers'
import { SiweMessage } from 'siwe'
import t from 'tap'
import { checksummed, personalDigest, signInMessage } from '../../../src/hospital/sign-in.ts'

// The examples of EIP-55.
const EXAMPLES = [
  '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
  '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
  '0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB',
  '0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb',
]

t.test('an address has the checksum of EIP-55', async (t) => {
  for (const example of EXAMPLES) t.equal(checksummed(addressOf(example)), example)
  for (let index = 0; index < 50; index++) {
    const address = addressOf(toHex(randomBytes(20)))
    t.equal(checksummed(address), getAddress(address))
  }
})

t.test('the message and its digest are those of the libraries', async (t) => {
  const issuedAt = Date.parse('2026-01-02T03:04:05.678Z')
  const said = {
    origin: 'https://hospital.test:8443',
    address: addressOf(EXAMPLES[0] ?? ''),
    chainId: 20_261,
    nonce: 'a1b2c3d4e5f6',
    issuedAt,
    expires: issuedAt + 300_000,
  }
  const message = signInMessage(said)
  const theirs = new SiweMessage({
    scheme: 'https',
    domain: 'hospital.test:8443',
    address: EXAMPLES[0] ?? '',
    statement: 'Log in to this hospital.',
    uri: said.origin,
    version: '1',
    chainId: said.chainId,
    nonce: said.nonce,
    issuedAt: '2026-01-02T03:04:05.678Z',
    expirationTime: '2026-01-02T03:09:05.678Z',
  })
  t.equal(message, theirs.prepareMessage())
  t.equal(toHex(personalDigest(message)), hashMessage(message))
  t.equal(toHex(personalDigest('ü')), hashMessage('ü'), 'its length is that of its bytes')
})
