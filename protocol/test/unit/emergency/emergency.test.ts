import t from 'tap'
import { isBreakGlassSigned, reasonHash, type SignedBreakGlass } from '../../../src/emergency/emergency.ts'
import { fromHex } from '../../../src/ids.ts'
import { recoverAddress } from '../../../src/signature.ts'
import { realm } from '../../vector-checks/realm.ts'
import documents from '../../vectors/documents.json' with { type: 'json' }

const { document, signature, reason } = documents['break glass']
const glass = { ...document, signature: fromHex(signature) } as unknown as SignedBreakGlass

t.test('a physician signs for one grant, one reason and one realm', async (t) => {
  const isSigned = (changed: object, of = realm) =>
    isBreakGlassSigned(of, { ...glass, ...changed }, recoverAddress)
  t.ok(isSigned({}))
  t.notOk(isSigned({ reason: 'another' }), 'not for another reason')
  t.notOk(isSigned({ salt: glass.grant }), 'not with another salt')
  t.notOk(isSigned({ grant: glass.salt }), 'not for another grant')
  t.notOk(isSigned({ expires: glass.expires + 1 }), 'not for longer')
  t.notOk(isSigned({ physician: `0x${'12'.repeat(20)}` }), 'not by another')
  t.notOk(isSigned({}, { ...realm, chainId: 1 }), 'not on another chain')
})

t.test('what the chain holds is of physician, grant, reason and salt', async (t) => {
  t.equal(reasonHash(glass), reason)
  for (const change of [{ reason: 'another' }, { salt: glass.grant }, { grant: glass.salt }]) {
    t.not(reasonHash({ ...glass, ...change }), reason, Object.keys(change).join())
  }
})
