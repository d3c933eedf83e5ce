import { hexlify, id, keccak256, recoverAddress, SigningKey, toUtf8Bytes } from 'ethers'
import t from 'tap'
import { loadCrypto } from '../../../../src/chain/embedded/crypto.ts'

const crypto = await loadCrypto()
const secretKey = new Uint8Array(32).fill(9)
const signing = new SigningKey(hexlify(secretKey))
const digest = Buffer.from(id('a digest').slice(2), 'hex')
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

t.test('keccak256 is the one before the SHA-3 padding changed', async (t) => {
  // Yellow paper, appendix on KEC: the hash of nothing.
  t.equal(
    hexlify(crypto.keccak256(new Uint8Array(0))),
    '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470',
  )
  for (const text of ['a', 'b'.repeat(135), 'c'.repeat(136), 'd'.repeat(1_000)]) {
    t.equal(hexlify(crypto.keccak256(toUtf8Bytes(text))), keccak256(toUtf8Bytes(text)))
  }
})

t.test('a seal recovers to its key, as ethers recovers it', async (t) => {
  const seal = crypto.seal(digest, secretKey)
  const [r, s, v] = [seal.subarray(0, 32), seal.subarray(32, 64), 27 + (seal[64] ?? 0)]
  const address = hexlify(crypto.addressOf(secretKey))
  t.equal(recoverAddress(digest, { r: hexlify(r), s: hexlify(s), v }).toLowerCase(), address)
  t.equal(hexlify(crypto.sealer(digest, seal)), address)
})

t.test(
  'a public key is recovered from every form of v, from a high s, and never from nonsense',
  async (t) => {
    const recover = crypto.custom.ecrecover
    if (recover === undefined) throw new Error('no ecrecover')
    const { r, s, yParity } = signing.sign(digest)
    const [rBytes, sBytes] = [bytes(r), bytes(s)]
    const expected = `0x${signing.publicKey.slice(4)}`
    const chainId = 424_242n
    for (const [v, chain] of [
      [yParity, undefined],
      [yParity + 27, undefined],
      [2 * Number(chainId) + 35 + yParity, chainId],
    ] as const) {
      t.equal(hexlify(recover(digest, BigInt(v), rBytes, sBytes, chain)), expected, `v = ${v}`)
    }
    const highS = bytes(`0x${(ORDER - BigInt(s)).toString(16).padStart(64, '0')}`)
    t.equal(hexlify(recover(digest, BigInt(28 - yParity), rBytes, highS)), expected, 'the mirrored one')
    t.throws(() => recover(digest, 29n, rBytes, sBytes))
    t.throws(() => recover(digest, 27n, new Uint8Array(32), sBytes))
  },
)

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.slice(2), 'hex'))
}
