import { decodeGrant } from '@hygeia/protocol/grant/codec'
import { grantHash } from '@hygeia/protocol/grant/grant'
import { fromHex, type Hex } from '@hygeia/protocol/ids'
import { createLog } from '@hygeia/runtime/log'
import t, { type Test } from 'tap'
import documents from '../../../../protocol/test/vectors/documents.json' with { type: 'json' }
import { GrantStore } from '../../../src/grants/grant-store.ts'
import type { GrantRecord } from '../../../src/grants/record.ts'
import { scratch } from '../support/scratch.ts'

const bytes = fromHex(documents.grant.bytes)
const grant = decodeGrant(bytes)
const hash = grantHash(grant)
const signature: Hex = `0x${'22'.repeat(64)}`
const { patient, accessTo } = grant
const consent = {
  message: {
    patient,
    grant: hash,
    accessEnd: Math.ceil(accessTo / 1_000),
    nonce: 1n,
    deadline: 1_800_000_000,
  },
  signature,
}
const active: GrantRecord = { hash, bytes, grant, consent, state: 'active', place: undefined }
const revoked: GrantRecord = { ...active, state: 'revoked' }

async function holding(t: Test, record: GrantRecord) {
  const options = { dir: await scratch(t), reserveBytes: 0 }
  const first = new GrantStore(options, { log: createLog('test', 'silent') })
  await first.open()
  await first.put(record)
  await first.close()
  const store = new GrantStore(options, { log: createLog('test', 'silent') })
  await store.open()
  t.teardown(() => store.close())
  return store
}

t.test('whoever looks while a grant is written does not make its former state last', async (t) => {
  const writes = {
    'a revocation': [
      (store: GrantStore) => store.putRevocation({ patient, grant: hash, signature }, revoked),
      'revoked',
    ],
    'another state': [(store: GrantStore) => store.put(revoked), 'revoked'],
    'its removal': [(store: GrantStore) => store.remove(active), undefined],
  } as const
  for (const [name, [write, state]] of Object.entries(writes)) {
    const store = await holding(t, active)
    const looks = Array.from({ length: 8 }, () => store.get(hash))
    const written = write(store)
    looks.push(...Array.from({ length: 8 }, () => store.get(hash)))
    await Promise.all([written, ...looks])
    t.equal((await store.get(hash))?.state, state, name)
  }
})

t.test('a grant is read back as it was put, also from another opening', async (t) => {
  const store = await holding(t, active)
  t.same(await store.get(hash), active)
  t.same(await store.of(grant.physician), [active])
  t.equal(await store.countOf(patient, 10), 1)
})
