import t from 'tap'
import { isPhysicianKeySigned, signPhysicianKey } from '../../../src/grant/physician-key.ts'
import { keySigner, recoverAddress } from '../../../src/signature.ts'
import { realm } from '../../vector-checks/realm.ts'

t.test("a key is the physician's whose account signed it, in one realm", async (t) => {
  const signer = keySigner(new Uint8Array(32).fill(1))
  const key = { physician: signer.address, receivingKey: new Uint8Array(33).fill(2) }
  const signed = signPhysicianKey(realm, key, signer)
  t.ok(isPhysicianKeySigned(realm, signed, recoverAddress))
  const other = keySigner(new Uint8Array(32).fill(3))
  t.notOk(isPhysicianKeySigned(realm, signPhysicianKey(realm, key, other), recoverAddress), 'not by another')
  t.notOk(
    isPhysicianKeySigned(realm, { ...signed, receivingKey: new Uint8Array(33) }, recoverAddress),
    'not another key',
  )
  t.notOk(isPhysicianKeySigned({ ...realm, chainId: 1 }, signed, recoverAddress), 'not on another chain')
})
