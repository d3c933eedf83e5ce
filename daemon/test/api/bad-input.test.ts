import t from 'tap'
import { bodies } from './corpus/bodies.ts'
import type { Case } from './corpus/case.ts'
import { deviceHospitals } from './corpus/device-hospitals.ts'
import { doors } from './corpus/doors.ts'
import { emergencies } from './corpus/emergencies.ts'
import { erasures } from './corpus/erasures.ts'
import { grants } from './corpus/grants.ts'
import { pairings } from './corpus/pairings.ts'
import { requests } from './corpus/requests.ts'
import { signIns } from './corpus/sign-ins.ts'
import { statements } from './corpus/statements.ts'
import { startHospital } from './support/hospital.ts'
import { setScene } from './support/scene.ts'

const hospital = await startHospital()
t.teardown(() => hospital.destroy())
const { client, realm } = hospital
const stage = { hospital, ...(await setScene(hospital)) }
const { patient, physician, granted, cids } = stage
const document = hospital.api.document() as {
  paths: Record<string, Record<string, { responses: Record<string, { description: string }> }>>
}

const corpus: readonly Case[] = [
  ...bodies(stage),
  ...statements(stage),
  ...(await signIns(stage)),
  ...doors(stage),
  ...emergencies(stage),
  ...erasures(stage),
  ...(await pairings(stage)),
  ...(await deviceHospitals(stage)),
  ...grants(stage),
  ...requests(stage),
]

/** Codes that the document names for a route, with their statuses. */
function documented(path: string, method: string): string {
  const plain = path.split('?')[0] ?? ''
  const found = Object.entries(document.paths).find(([pattern]) =>
    new RegExp(`^${pattern.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`).test(plain),
  )
  const responses = found?.[1][method.toLowerCase()]?.responses ?? {}
  return Object.entries(responses)
    .flatMap(([status, { description }]) =>
      [...description.matchAll(/`([A-Z_]+)`/g)].map(([, code]) => `${status} ${code}`),
    )
    .join(', ')
}

t.test(`${corpus.length} bad inputs are each refused by name`, async (t) => {
  t.ok(corpus.length >= 150)
  for (const [name, code, path, asked] of corpus) {
    const answer = await client.ask(path, asked)
    t.equal(answer.json.code, code, name)
    t.match(answer.headers['content-type'], /^application\/problem\+json/, `${name}: as problem details`)
    const hasBody = (asked.json ?? asked.raw ?? asked.cbor) !== undefined
    const method = asked.method ?? (hasBody ? 'POST' : 'GET')
    // What never reaches a route has no place in the document.
    const isRouted = !['NO_SUCH_ROUTE', 'HEADERS_TOO_LARGE', 'BAD_URL'].includes(code)
    if (isRouted) t.ok(documented(path, method).includes(`${answer.status} ${code}`), `${name}: documented`)
  }
  t.match(await client.ask('/readyz'), { status: 200 })
})

t.test('what is not served of the chain is refused as JSON-RPC says', async (t) => {
  const call = (method: string, params: unknown[] = []) =>
    client.ask('/v1/chain', { json: { jsonrpc: '2.0', id: 7, method, params } })
  for (const method of [
    'eth_sendRawTransaction',
    'eth_accounts',
    'clique_propose',
    'admin_peers',
    'eth_subscribe',
    'nothing',
  ]) {
    t.match((await call(method)).json, { id: 7, error: { code: -32601 } }, method)
  }
  t.match((await call('eth_getBlockByNumber', ['0xzz', false])).json, { id: 7, error: { code: -32602 } })
  t.match((await call('eth_chainId')).json, { id: 7, result: `0x${realm.chainId.toString(16)}` })
  const reverts = { to: realm.directory, data: '0x12345678' }
  t.match((await call('eth_call', [reverts, 'latest'])).json, { id: 7, error: { code: 3 } })
})

t.test('nothing of it stays', async (t) => {
  const held = hospital.grants
  t.same(
    (await held.of(patient.address)).map(({ hash }) => hash),
    [granted.hash],
    'no other grant',
  )
  t.equal((await held.find(granted.hash))?.standing, 'active', 'and this one stands')
  const { status } = await client.ask('/v1/reencryptions', {
    json: physician.request(hospital, granted.hash, cids),
    token: physician.token,
  })
  t.equal(status, 200, 'honest requests are answered')
})
