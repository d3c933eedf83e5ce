import { decodeRlp, encodeRlp, hexlify, keccak256, recoverAddress } from 'ethers'
import t from 'tap'
import { loadCrypto } from '../../../../../src/chain/embedded/crypto.ts'
import { sealerOf, sealHeader } from '../../../../../src/chain/embedded/sealer/clique.ts'

const crypto = await loadCrypto()
const secretKey = new Uint8Array(32).fill(5)
const signer = crypto.addressOf(secretKey)
const bytes = (size: number, value: number) => new Uint8Array(size).fill(value)
const unsealed = {
  parentHash: bytes(32, 1),
  stateRoot: bytes(32, 2),
  transactionsRoot: bytes(32, 3),
  receiptsRoot: bytes(32, 4),
  logsBloom: bytes(256, 0),
  number: 9,
  gasLimit: 4_700_000n,
  gasUsed: 0n,
  timestamp: 1_800_000_000,
  baseFeePerGas: 7n,
}
const rules = { signers: [signer], epoch: 5, secretKey }

// EIP-225: the seal signs the header whose extraData lacks the last 65 bytes.
t.test('the seal is over the header without the seal, and the header says what Clique wants', async (t) => {
  const header = sealHeader(unsealed, rules, crypto)
  const fields = decodeRlp(hexlify(header.rlp)) as string[]
  const extra = fields[12] ?? ''
  t.equal(fields.length, 16, 'a London header')
  t.equal(extra.length, 2 + 2 * (32 + 65))
  const digest = keccak256(
    encodeRlp(fields.map((field, index) => (index === 12 ? extra.slice(0, 66) : field))),
  )
  const seal = extra.slice(66)
  const signature = {
    r: `0x${seal.slice(0, 64)}`,
    s: `0x${seal.slice(64, 128)}`,
    v: 27 + Number(`0x${seal.slice(128)}`),
  }
  t.equal(recoverAddress(digest, signature).toLowerCase(), hexlify(signer))
  t.equal(hexlify(header.hash), keccak256(hexlify(header.rlp)))
  t.equal(fields[2], `0x${'00'.repeat(20)}`, 'no vote')
  t.equal(fields[7], '0x02', 'in turn')
  t.equal(fields[14], `0x${'00'.repeat(8)}`)
  t.same(sealerOf(header, crypto), signer)
})

t.test('an epoch block repeats the signers', async (t) => {
  const header = sealHeader({ ...unsealed, number: 10 }, rules, crypto)
  t.equal(header.extraData.length, 32 + 20 + 65)
  t.same(header.extraData.subarray(32, 52), signer)
  t.same(sealerOf(header, crypto), signer)
})

t.test('a key that is no signer seals nothing', async (t) => {
  t.throws(
    () => sealHeader(unsealed, { ...rules, signers: [bytes(20, 8)] }, crypto),
    /not one of the signers/,
  )
})
