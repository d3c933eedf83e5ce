import { fromHex } from '../../src/ids.ts'
import { cidOf, formatCid, parseCid } from '../../src/sealed/cid.ts'
import { associatedData, decodeSealed, encodeSealed } from '../../src/sealed/codec.ts'
import type { SealedHeader } from '../../src/sealed/header.ts'
import { batchKey } from '../../src/sealed/key.ts'
import { openSealed, sealBatch } from '../../src/sealed/seal.ts'
import { sealedDigester } from '../../src/sealed/signing.ts'
import { recoverAddress } from '../../src/signature.ts'
import vectors from '../vectors/sealed.json' with { type: 'json' }
import { type Checks, revive, same } from './assert.ts'
import { realm, signerOf } from './realm.ts'

const digest = sealedDigester(realm)

export const sealedChecks: Checks = Object.fromEntries(
  Object.entries(vectors).map(([name, vector]) => [
    `sealed: ${name}`,
    () => {
      const header = revive<SealedHeader>(vector.header, 'prev', 'capsule', 'wrappedKey')
      const dataKey = fromHex(vector.dataKey)
      same(batchKey(dataKey, header), vector.batchKey, 'batch key')
      same(associatedData(header), vector.associatedData, 'associated data')
      const sealed = sealBatch(fromHex(vector.padded), header, dataKey, signerOf(vector), digest)
      same(sealed.block, vector.block, 'block')
      same(sealed.cid, vector.cid, 'CID')
      same(formatCid(cidOf(fromHex(vector.block))), vector.cidText, 'CID as text')
      same(parseCid(vector.cidText), vector.cid, 'CID from text')

      const { ciphertext, signature, ...rest } = decodeSealed(fromHex(vector.block))
      same(rest, vector.header, 'header')
      same(recoverAddress(digest(rest, ciphertext), signature), rest.device, 'signer')
      same(openSealed({ ...rest, ciphertext, signature }, dataKey), vector.padded, 'opened')
      same(encodeSealed({ ...rest, ciphertext, signature }), vector.block, 'encoded again')
    },
  ]),
)
