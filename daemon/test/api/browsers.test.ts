import { signHospitalAddress } from '@hygeia/protocol/hospital/address'
import type { UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { Client } from './support/client.ts'
import { startHospital } from './support/hospital.ts'
import { hex32 } from './support/people.ts'
import { setScene } from './support/scene.ts'

const hospital = await startHospital()
const { client } = hospital
const { patient, device, granted } = await setScene(hospital)
const OTHER = 'https://other-hospital.example:8443'
const own = `https://127.0.0.1:${client.port}`

/** A further door of the same hospital, which knows of another one. */
const other = signHospitalAddress(
  hospital.realm,
  { hospital: device.address, api: `${OTHER}/`, caHash: hex32(), issued: Date.now() as UnixMs },
  device.signer,
)
const known = { all: () => [...hospital.addresses.all(), other], put: async () => {} }
const door = await hospital.serve({ limits: { signIns: 5, nonces: 1_000 } }, { addresses: known })
const there = new Client({ port: door.port, ca: hospital.tls.ca })
t.teardown(async () => {
  there.close()
  await door.stop()
  await hospital.destroy()
})

const message = await patient.signInMessage()
const signIn = { json: { message, signature: patient.signMessage(message) } }
const signedIn = await client.ask('/v1/session', {
  ...signIn,
  headers: { origin: own, 'sec-fetch-site': 'same-origin' },
})
const cookie = String(signedIn.headers['set-cookie']?.[0]).split(';')[0] ?? ''
const post = (headers: Record<string, string>, token?: string) =>
  client.ask('/v1/grants', {
    json: {},
    headers: { ...(token === undefined && { cookie }), ...headers },
    token,
  })

t.test('what a cookie speaks for is changed by pages of this hospital alone', async (t) => {
  const letIn = { status: 400, json: { code: 'INVALID_REQUEST' } }
  t.match(await post({ origin: own, 'sec-fetch-site': 'same-origin' }), letIn)
  t.match(await post({ origin: own }), letIn, 'browsers from before Sec-Fetch-Site')
  t.match(await post({ 'sec-fetch-site': 'same-origin' }), letIn)
  const refused = { status: 403, json: { code: 'CROSS_ORIGIN' } }
  const foreign = [
    {},
    { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    { origin: 'https://evil.example' },
    { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
    { origin: own, 'sec-fetch-site': 'same-site' },
    { origin: own, 'sec-fetch-site': 'cross-site' },
    { origin: own.replace('https', 'http') },
    { origin: `https://127.0.0.1:${client.port + 1}` },
    { origin: 'null' },
    { 'sec-fetch-site': 'none' },
    { origin: OTHER },
  ]
  for (const headers of foreign) t.match(await post(headers), refused, JSON.stringify(headers))
  t.match(await client.ask('/v1/session', { method: 'DELETE', headers: { cookie } }), refused)
})

t.test('what only reads is answered to who says nothing, not to other sites', async (t) => {
  const read = (headers: Record<string, string>) =>
    client.ask('/v1/session', { headers: { cookie, ...headers } })
  t.match(await read({}), { status: 200, json: { account: patient.address, roles: ['patient'] } })
  t.match(await read({ 'sec-fetch-site': 'none' }), { status: 200 }, 'typed into the address bar')
  t.match(await read({ 'sec-fetch-site': 'cross-site' }), { status: 403 })
  t.match(await read({ origin: 'https://evil.example' }), { status: 403 })
})

t.test('a token that the page itself sends is safe from where it may', async (t) => {
  const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
  t.match(await post(foreign, patient.token), { status: 400, json: { code: 'INVALID_REQUEST' } })
  t.match(await post({ ...foreign, cookie }, patient.token), { status: 400 }, 'with a cookie beside it')
})

t.test('no other site can sign a browser in', async (t) => {
  const message = await patient.signInMessage()
  const answer = await client.ask('/v1/session', {
    json: { message, signature: patient.signMessage(message) },
    headers: { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
  })
  t.equal(answer.status, 201)
  t.equal(answer.headers['set-cookie'], undefined)
  t.equal(answer.headers['access-control-allow-origin'], undefined, 'nor read the answer')
})

const preflight = (on: Client, path: string, origin: string) =>
  on.ask(path, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    },
  })

t.test('pages of the consortium’s hospitals may ask, with a token and without a cookie', async (t) => {
  const allowed = await preflight(there, '/v1/reencryptions', OTHER)
  t.match(allowed, {
    status: 204,
    headers: {
      'access-control-allow-origin': OTHER,
      'access-control-allow-headers': /authorization.*content-type/,
      'access-control-allow-methods': /POST/,
      vary: /Origin/,
    },
  })
  t.equal(allowed.headers['access-control-allow-credentials'], undefined)
  const read = await there.ask('/v1/grants', { token: patient.token, headers: { origin: OTHER } })
  t.match(read, { status: 200, headers: { 'access-control-allow-origin': OTHER } })
  t.match(read.bytes.toString(), granted.hash)
  const refused = await there.ask('/v1/grants', { headers: { origin: OTHER } })
  t.match(
    refused,
    { status: 401, headers: { 'access-control-allow-origin': OTHER } },
    'it can read its problem',
  )
  const byBrowsers = 'https://other-hospital.example'
  t.equal((await preflight(there, '/v1/reencryptions', byBrowsers)).status, 204, 'by its door for browsers')
  const byCookie = await there.ask('/v1/grants', { headers: { origin: OTHER, cookie } })
  t.match(byCookie, { status: 403, json: { code: 'CROSS_ORIGIN' } })
})

t.test('nobody else may, nor is the staff’s part open to them', async (t) => {
  const near = [
    'https://evil.example',
    'https://other-hospital.example:8444',
    'http://other-hospital.example:8443',
    'https://other-hospital.example:8443.evil.example',
    'https://evil.other-hospital.example:8443',
    `${OTHER}/`,
    'null',
    own,
  ]
  for (const origin of near) {
    t.match(await preflight(there, '/v1/reencryptions', origin), { status: 404 }, origin)
    const { headers } = await there.ask('/v1/realm', { headers: { origin } })
    t.equal(headers['access-control-allow-origin'], undefined, origin)
  }
  for (const path of [
    '/v1/operator/status',
    '/v1/ops/overview',
    '/metrics',
    '/',
    '/healthz',
    '/openapi.json',
  ]) {
    t.match(await preflight(there, path, OTHER), { status: 404 }, path)
    const { headers } = await there.ask(path, { headers: { origin: OTHER } })
    t.equal(headers['access-control-allow-origin'], undefined, path)
  }
  t.match(
    await preflight(client, '/v1/reencryptions', OTHER),
    { status: 404 },
    'nor one that is unknown here',
  )
})

t.test('signing in is limited for each address', async (t) => {
  const codes = []
  for (let count = 0; count < 7; count++) {
    const { json } = await there.ask('/v1/session', signIn)
    codes.push(json.code)
  }
  t.same(codes.slice(5), ['RATE_LIMITED', 'RATE_LIMITED'])
  t.notOk(codes.slice(0, 5).includes('RATE_LIMITED'))
  const limited = await there.ask('/v1/session', { ...signIn, headers: { origin: OTHER } })
  t.match(limited.headers, { 'retry-after': /^\d+$/, 'access-control-allow-origin': OTHER })
})
