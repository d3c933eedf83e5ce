import { type Address, fromHex, type Hex32, parseHex32, toHex } from '@hygeia/protocol/ids'
import { keccak256 } from '@hygeia/protocol/keccak'
import { decodeOfflineProof } from '@hygeia/protocol/offline-proof/codec'
import t from 'tap'
import { isAnchor, isDirectory } from '../../../../src/verify/offline/contracts.ts'
import frozen from '../../../vectors/offline-proof.json' with { type: 'json' }

const { realm, anchor, anchorCode, directoryCode } = decodeOfflineProof(fromHex(frozen.bytes))
const other = `0x${'22'.repeat(20)}` as Address

/** A state in which every account has this code. */
const stateOf = (code: Uint8Array) => ({
  codeHash: async () => parseHex32(toHex(keccak256(code))),
  word: async () => 0n,
})
const fault = async (finding: ReturnType<typeof isAnchor>) => {
  const [holds, , name] = await finding
  return holds ? undefined : name
}

t.test('a contract is ours by its code and by what it was made for', async (t) => {
  t.equal(await fault(isAnchor(stateOf(anchorCode), realm, anchor, anchorCode)), undefined)
  t.equal(await fault(isDirectory(stateOf(directoryCode), realm, directoryCode)), undefined)
})

t.test('the same code that was made for something else is told', async (t) => {
  const elsewhere = { ...realm, directory: other }
  t.equal(await fault(isAnchor(stateOf(anchorCode), elsewhere, anchor, anchorCode)), 'ANOTHER_CHAIN')
  t.equal(await fault(isDirectory(stateOf(directoryCode), elsewhere, directoryCode)), 'ANOTHER_CHAIN')
  const genesis = `0x${'22'.repeat(32)}` as Hex32
  t.equal(
    await fault(isDirectory(stateOf(directoryCode), { ...realm, genesis }, directoryCode)),
    'ANOTHER_CHAIN',
  )
  const chainId = realm.chainId + 1
  t.equal(
    await fault(isDirectory(stateOf(directoryCode), { ...realm, chainId }, directoryCode)),
    'ANOTHER_CHAIN',
  )
})

t.test('other code is told, in the file or on the chain', async (t) => {
  t.equal(await fault(isAnchor(stateOf(directoryCode), realm, anchor, anchorCode)), 'ANOTHER_CODE')
  t.equal(await fault(isAnchor(stateOf(directoryCode), realm, anchor, directoryCode)), 'ANOTHER_CONTRACT')
})
