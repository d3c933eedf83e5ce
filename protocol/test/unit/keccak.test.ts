import { keccak256 as reference } from 'ethers'
import fc from 'fast-check'
import t from 'tap'
import { toHex } from '../../src/ids.ts'
import { keccak256 } from '../../src/keccak.ts'

t.test('hashes as Ethereum does, parts as if joined', async (t) => {
  t.equal(toHex(keccak256()), '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470', 'nothing')
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (parts) => {
      return toHex(keccak256(...parts)) === reference(Buffer.concat(parts))
    }),
  )
  const [first, second] = [keccak256(Uint8Array.of(1)), keccak256(Uint8Array.of(2))]
  t.not(toHex(first), toHex(second), 'a digest is not overwritten by the next')
})
