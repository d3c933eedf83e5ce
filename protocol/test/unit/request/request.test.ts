import t from 'tap'
import { fromHex } from '../../../src/ids.ts'
import { isRequestSigned, type ReencryptionRequest } from '../../../src/request/request.ts'
import { recoverAddress } from '../../../src/signature.ts'
import { revive } from '../../vector-checks/assert.ts'
import { realm } from '../../vector-checks/realm.ts'
import documents from '../../vectors/documents.json' with { type: 'json' }

t.test('a request is signed with all that it asks for, in order, for one realm', async (t) => {
  const { document, signature } = documents.request
  const request = revive<ReencryptionRequest>(document, 'batches')
  const isSigned = (changed: object, of = realm) =>
    isRequestSigned(of, { ...request, ...changed }, fromHex(signature), recoverAddress)
  t.ok(isSigned({}))
  t.notOk(isSigned({ batches: request.batches.slice(1) }), 'not fewer batches')
  t.notOk(isSigned({ batches: [...request.batches].reverse() }), 'not in another order')
  t.notOk(isSigned({ proxies: request.proxies.slice(1) }), 'not other proxies')
  t.notOk(isSigned({ expires: request.expires + 1 }), 'not for longer')
  t.notOk(isSigned({ physician: request.proxies[0] }), 'not by another')
  t.notOk(isSigned({}, { ...realm, chainId: 1 }), 'not on another chain')
})
