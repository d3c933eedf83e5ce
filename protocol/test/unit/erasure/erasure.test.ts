import t from 'tap'
import { isErasureSigned, type SignedErasure } from '../../../src/erasure/erasure.ts'
import { fromHex } from '../../../src/ids.ts'
import { recoverAddress } from '../../../src/signature.ts'
import { realm } from '../../vector-checks/realm.ts'
import documents from '../../vectors/documents.json' with { type: 'json' }

t.test('a patient orders the erasure of one range, in one realm', async (t) => {
  const { document, signature } = documents.erasure
  const order = { ...document, signature: fromHex(signature) } as unknown as SignedErasure
  const isSigned = (changed: object, of = realm) =>
    isErasureSigned(of, { ...order, ...changed }, recoverAddress)
  t.ok(isSigned({}))
  t.notOk(isSigned({ from: 0 }), 'not from earlier')
  t.notOk(isSigned({ to: order.to + 1 }), 'not to later')
  t.notOk(isSigned({ expires: order.expires + 1 }), 'not for longer')
  t.notOk(isSigned({ patient: `0x${'12'.repeat(20)}` }), 'not for another')
  t.notOk(isSigned({}, { ...realm, chainId: 1 }), 'not on another chain')
})
