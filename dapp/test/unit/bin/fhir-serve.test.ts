import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Address } from '@hygeia/protocol/ids'
import { HOUR_MS, MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { schemaFaults } from '../../../../protocol/test/support/r4-schema.ts'
import { hygeia } from '../../../bin/program.ts'
import { revokeGrant } from '../../../src/patient/revoke.ts'
import { CA_FILE, serve } from '../../support/tls.ts'
import { World } from '../../support/world.ts'

const dir = await mkdtemp(join(tmpdir(), 'hygeia-fhir-'))
const passphrase = join(dir, 'passphrase')
await writeFile(passphrase, 'correct horse battery staple\n', { mode: 0o600 })
const world = await World.start()
const { hospital } = world
// They sign in before the hospital gets another address.
const patient = await world.patient()
const device = await world.device(patient)
const door = await serve(hospital)
const stopped = new AbortController()
const others: Promise<unknown>[] = []
t.teardown(async () => {
  stopped.abort()
  await Promise.all([served, ...others])
  door.closeAllConnections()
  door.close()
  await world.stop()
  await rm(dir, { recursive: true })
})

/** Run the command. @param onLine - told each line of stdout */
async function command(args: readonly string[], onLine: (line: string) => void = () => {}) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  let err = ''
  stdout.on('data', (text) => {
    for (const line of String(text).trim().split('\n')) onLine(line)
  })
  stderr.on('data', (text) => {
    err += text
  })
  const code = await hygeia([...args, '--json', '--passphrase-file', passphrase], {
    stdin: Readable.from([]),
    stdout,
    stderr,
    configHome: dir,
    derivation: { name: 'argon2id', memoryKib: 64, passes: 1, lanes: 1 },
    stopped: stopped.signal,
    exitCode: 0,
  })
  return { code, err }
}

let account = ''
await command(['physician', 'new'], (line) => {
  account = JSON.parse(line).address
})
await command(['physician', 'register', '--hospital', hospital.base, '--ca', CA_FILE])
await world.consortium.admit(account as Address)
const from = (world.now - 2 * HOUR_MS) as UnixMs
world.hold(device, from, 5)
await hospital.shelf.anchor()
const reader = { identity: { signer: { address: account } } } as Parameters<World['grant']>[1]
const granted = await world.grant(patient, reader)

const { promise: started, resolve } = Promise.withResolvers<{ url: string; token: string }>()
const served = command(['fhir-serve', '--listen', '127.0.0.1:0', '--every', '1'], (line) =>
  resolve(JSON.parse(line)),
)
served.then(({ err }) => err !== '' && resolve({ url: 'nowhere', token: err }))
const { url: base, token } = await started

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into by tests alone
type Json = any
async function get(path: string, authorization = `Bearer ${token}`): Promise<{ status: number; body: Json }> {
  const response = await fetch(path.startsWith('http') ? path : `${base}${path}`, {
    headers: { authorization },
  })
  const [type, caching] = [response.headers.get('content-type'), response.headers.get('cache-control')]
  if (type?.startsWith('application/fhir+json') !== true || caching !== 'no-store') {
    throw new Error(`${path} is answered as ${type}, ${caching}`)
  }
  return { status: response.status, body: await response.json() }
}

/** Ids of all that a search finds, from page to page, newest first or not. */
async function idsOf(path: string): Promise<readonly string[]> {
  const ids: string[] = []
  for (let url: string | undefined = path; url !== undefined; ) {
    const { status, body }: { status: number; body: Json } = await get(url)
    if (status !== 200) throw new Error(JSON.stringify(body))
    // The schema takes its time: some of a page stand for all that is like them.
    const faults = schemaFaults({ ...body, ...(body.entry && { entry: body.entry.slice(0, 5) }) })
    if (faults.length > 0) throw new Error(`${url} is not R4: ${faults}`)
    for (const { resource, search } of body.entry ?? []) if (search.mode === 'match') ids.push(resource.id)
    url = body.link.find(({ relation }: Json) => relation === 'next')?.url
  }
  return ids
}

const count = async (path: string) => (await idsOf(path)).length
const at = (minutes: number) => new Date(from + minutes * MINUTE_MS).toISOString()

t.test('nobody reads anything without the token, and everybody may ask what there is', async (t) => {
  for (const wrong of ['', 'Bearer ', `Bearer ${token}x`, token]) {
    const { status, body } = await get('/Observation', wrong)
    t.equal(status, 401)
    t.match(body, { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'login' }] })
  }
  const { status, body } = await get('/metadata', '')
  t.equal(status, 200)
  t.match(body, { resourceType: 'CapabilityStatement', fhirVersion: '4.0.1', implementation: { url: base } })
  // The schema is that of 4.0.0, which differs from 4.0.1 in this number alone.
  t.same(schemaFaults({ ...body, fhirVersion: '4.0.0' }), [])
})

t.test('readings come newest first, page by page, each once', async (t) => {
  const ids = await idsOf('/Observation?_count=500')
  t.equal(ids.length, 5 * 240)
  t.equal(new Set(ids).size, ids.length)
  const { body } = await get('/Observation?_count=3')
  t.same(
    body.entry.map(({ resource }: Json) => resource.effectiveDateTime),
    Array(3).fill(new Date(from + 5 * MINUTE_MS - 1_000).toISOString()),
  )
  const oldest = await get('/Observation?_sort=date&_count=1')
  t.equal(oldest.body.entry[0].resource.effectiveDateTime, new Date(from).toISOString())
  t.same((await idsOf('/Observation?_sort=date&_count=700')).toSorted(), ids.toSorted())
})

t.test('searches find what they say, and together what all of them say', async (t) => {
  const heart = 'code=http://loinc.org|8867-4'
  t.equal(await count(`/Observation?${heart}&_count=1000`), 300)
  t.equal(await count('/Observation?code=8867-4,9279-1&_count=1000'), 600)
  t.equal(await count('/Observation?code=http://snomed.info/sct|8867-4'), 0)
  t.equal(await count('/Observation?category=vital-signs&_count=1000'), 1_200)
  t.equal(await count('/Observation?category=laboratory'), 0)
  t.equal(await count(`/Observation?${heart}&date=ge${at(1)}&date=lt${at(2)}`), 60)
  t.equal(await count(`/Observation?${heart}&date=${at(1).slice(0, 19)}Z`), 1)
  t.equal(await count(`/Observation?${heart}&date=sa${at(4)}`), 59)
  t.equal(await count(`/Observation?${heart}&date=le${at(0)}`), 1)
  const owner = patient.identity.signer.address.slice(2)
  t.equal(await count(`/Observation?patient=Patient/${owner}&${heart}&_count=1000`), 300)
  t.equal(await count(`/Observation?subject=${owner}&${heart}&_count=1000`), 300)
  t.equal(await count(`/Observation?patient=${'0'.repeat(40)}`), 0)
  t.equal(
    await count(`/Observation?device=Device/${device.signer.address.slice(2)}&${heart}&_count=1000`),
    300,
  )
  t.equal(await count('/Observation?_lastUpdated=lt2020'), 0)
  t.equal(await count(`/Observation?_lastUpdated=ge2020&${heart}&_count=1000`), 300)
  t.equal(await count(`/Device?patient=${owner}`), 1)
  t.equal(await count(`/Patient?identifier=urn:hygeia:account|0x${owner}`), 1)
  t.equal(await count('/Consent?status=active'), 1)
  t.equal(await count('/Consent?status=inactive'), 0)
  t.equal(await count(`/AuditEvent?patient=${owner}`), 1)
  t.equal(await count('/AuditEvent?date=lt2020'), 0)
})

t.test('whatever a search finds can be read by itself, and what it points to as well', async (t) => {
  const { body } = await get('/Observation?_count=1')
  const [{ fullUrl, resource }] = body.entry
  t.same((await get(fullUrl)).body, resource)
  for (const link of [resource.subject, resource.device]) {
    const { status, body: pointed } = await get(`/${link.reference}`)
    t.equal(status, 200)
    t.equal(pointed.resourceType, link.type)
    t.same(schemaFaults(pointed), [])
  }
  const proven = await get(`/Provenance?target=Observation/${resource.id}`)
  const [{ resource: provenance }] = proven.body.entry
  t.ok(provenance.target.some(({ reference }: Json) => reference === `Observation/${resource.id}`))
  t.match(provenance, { entity: { length: 4 }, signature: { length: 2 } })
  t.same((await get(`/Provenance/${provenance.id}`)).body, provenance)
  for (const type of ['Consent', 'AuditEvent', 'Patient', 'Device']) {
    const [id] = await idsOf(`/${type}`)
    const one = await get(`/${type}/${id}`)
    t.equal(one.status, 200)
    t.same(schemaFaults(one.body), [])
  }
})

t.test('what cannot be answered is refused by name', async (t) => {
  const refused = {
    '/Observation?vode=8867-4': [400, 'not-supported', /vode/],
    '/Observation?date=yesterday': [400, 'invalid', /yesterday/],
    '/Observation?date=2025-02-30': [400, 'invalid', /2025-02-30/],
    '/Observation?_count=0': [400, 'invalid', /_count/],
    '/Observation?_cursor=bm9uZQ': [400, 'invalid', /next/],
    '/Observation?_sort=code': [400, 'not-supported', /_sort/],
    '/Observation?_format=xml': [400, 'not-supported', /_format/],
    '/Provenance': [400, 'not-supported', /target/],
    [`/Observation?code=${'a,'.repeat(60)}`]: [400, 'invalid', /code/],
    '/Observation/none': [404, 'not-found', /none/],
    '/Medication': [404, 'not-found', /Medication/],
    '/Observation/__proto__': [404, 'not-found', /proto/],
    '/Observation?__proto__=1': [400, 'not-supported', /proto/],
    '/a/b/c': [404, 'not-found', /metadata/],
  } as const
  for (const [path, [status, code, said]] of Object.entries(refused)) {
    const answer = await get(path)
    t.equal(answer.status, status, path)
    t.match(answer.body, { resourceType: 'OperationOutcome', issue: [{ code, diagnostics: said }] })
    t.same(schemaFaults(answer.body), [])
  }
  const response = await fetch(`${base}/Observation`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  })
  t.equal(response.status, 404, 'read-only')
})

/** The server looks every second; whether it has seen it by then is asked ten times as often. */
async function soon(isSo: () => Promise<boolean>): Promise<boolean> {
  for (let tries = 0; tries < 300; tries++) {
    if (await isSo()) return true
    await new Promise((done) => setTimeout(done, 100))
  }
  return false
}

t.test('new readings appear by themselves, and only they are asked for', async (t) => {
  const asked = hospital.proxy.audit.length
  world.hold(device, (from + 10 * MINUTE_MS) as UnixMs, 1)
  const isThere = async () => (await count(`/Observation?code=8867-4&date=ge${at(9)}`)) === 60
  t.ok(await soon(isThere))
  t.same(
    hospital.proxy.audit.slice(asked).map(({ entry }) => entry.batches),
    [1],
  )
})

t.test('a hospital that is away is told of, and what is held is served on', async (t) => {
  hospital.lies.reach = 'away'
  const outcomes = async (): Promise<Json[]> =>
    (await get('/Observation?_count=1')).body.entry.filter(({ search }: Json) => search.mode === 'outcome')
  t.ok(await soon(async () => (await outcomes()).length > 0))
  t.match(await outcomes(), [
    { resource: { issue: [{ severity: 'warning', diagnostics: /last refreshed at/ }] } },
  ])
  t.equal(await count('/Observation?_count=1000'), 6 * 240)
  delete hospital.lies.reach
})

t.test('what a patient revokes is forgotten', async (t) => {
  await revokeGrant(patient, granted.hash)
  t.ok(await soon(async () => (await count('/Observation?_count=1')) === 0))
  t.equal(await count('/Observation'), 0)
  t.equal(await count('/Device'), 0)
  t.equal(await count('/Consent?status=inactive'), 1)
})

t.test('with a certificate it is served over TLS, under a token that nobody is shown', async (t) => {
  const own = 'a-token-that-was-made-elsewhere-0123456789'
  await writeFile(join(dir, 'own-token'), `${own}\n`, { mode: 0o600 })
  const file = (name: string) => fileURLToPath(new URL(`../../support/tls/${name}`, import.meta.url))
  const tls = ['--tls-key', file('server.key'), '--tls-cert', file('server.pem')]
  const listen = ['--listen', '127.0.0.1:0', '--token-file', join(dir, 'own-token')]
  const { promise, resolve } = Promise.withResolvers<string>()
  others.push(command(['fhir-serve', ...listen, ...tls], resolve))
  const said = await promise
  t.notOk(said.includes(own))
  const { url } = JSON.parse(said)
  t.match(url, /^https:/)
  const ca = await readFile(CA_FILE)
  const statusFor = async (authorization: string) => {
    const asked = request(`${url}/Consent`, { ca, headers: { authorization } }).end()
    const [answer] = await once(asked, 'response')
    answer.resume()
    return answer.statusCode
  }
  t.equal(await statusFor(`Bearer ${own}`), 200)
  t.equal(await statusFor(`Bearer ${token}`), 401)
})

t.test('beyond this machine nothing is served in clear', async (t) => {
  t.match(await command(['fhir-serve', '--listen', '0.0.0.0:0']), { code: 1, err: /--tls-key/ })
  t.match(await command(['fhir-serve', '--listen', 'nowhere']), { code: 1, err: /HOST:PORT/ })
  await writeFile(join(dir, 'token'), 'short\n', { mode: 0o600 })
  t.match(await command(['fhir-serve', '--token-file', join(dir, 'token')]), { code: 1, err: /no token/ })
})
