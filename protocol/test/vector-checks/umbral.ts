import { fromHex } from '../../src/ids.ts'
import { openReencrypted, verifyCfrag } from '../../src/umbral/cfrag.ts'
import { unwrap } from '../../src/umbral/encrypt.ts'
import { publicKey } from '../../src/umbral/keys.ts'
import { type FragKeys, Reencrypter } from '../../src/umbral/kfrag.ts'
import vectors from '../vectors/umbral.json' with { type: 'json' }
import { type Checks, revive, same } from './assert.ts'

export const umbralChecks: Checks = Object.fromEntries(
  Object.entries(vectors).map(([name, vector]) => [
    `umbral: ${name}`,
    () => {
      const keys = revive<FragKeys>(vector, 'delegatingKey', 'receivingKey', 'verifyingKey')
      const wrapped = { capsule: fromHex(vector.capsule), ciphertext: fromHex(vector.ciphertext) }
      const receiving = fromHex(vector.receivingSecret)
      same(publicKey(receiving), vector.receivingKey, 'public key')
      same(unwrap(fromHex(vector.delegatingSecret), wrapped), vector.plaintext, 'opened by the patient')
      const cfrags = vector.cfrags.map(fromHex)
      for (const cfrag of cfrags) verifyCfrag(cfrag, wrapped.capsule, keys)
      const frozen = openReencrypted(receiving, keys, wrapped, cfrags.slice(-vector.threshold))
      same(frozen, vector.plaintext, 'opened with the frozen cfrags')
      const fresh = vector.kfrags.slice(0, vector.threshold).map((kfrag) => {
        const reencrypter = new Reencrypter(fromHex(kfrag), keys)
        try {
          return reencrypter.reencrypt(wrapped.capsule)
        } finally {
          reencrypter.free()
        }
      })
      same(openReencrypted(receiving, keys, wrapped, fresh), vector.plaintext, 'opened with fresh cfrags')
    },
  ]),
)
