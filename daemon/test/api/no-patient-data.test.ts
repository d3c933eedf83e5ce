import { signBreakGlass } from '@hygeia/protocol/emergency/emergency'
import { toHex } from '@hygeia/protocol/ids'
import type { UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { addStaff } from '../../src/staff/file.ts'
import { until } from '../link/support/until.ts'
import type { Asked } from './support/client.ts'
import { type EventReader, watch } from './support/events.ts'
import { startHospital } from './support/hospital.ts'
import { Colleague, hex32, take } from './support/people.ts'
import { JANUARY, LABEL, OTHER_LABEL, setScene } from './support/scene.ts'

const hospital = await startHospital({ api: { limits: { perAddress: 100_000, staff: 10_000 } } })
t.teardown(() => hospital.destroy())
const { client, realm } = hospital
const scene = await setScene(hospital)
const { patient, stranger, physician, device, granted, cids } = scene

/** What there is to give away: readings under way, a grant, an emergency, lines of the audit log, refusals, an alert. */
const asked = physician.request(hospital, granted.hash, cids)
await client.ask('/v1/reencryptions', { json: asked, token: physician.token })
await client.ask(`/v1/physicians/${physician.address}/key`, { method: 'PUT', json: physician.signedKey() })
for (const reason of ['BAD_SIGNATURE', 'FORKED', 'UNKNOWN_DEVICE']) {
  hospital.incidents.note({ door: 'mqtt', reason, device: device.address })
  hospital.incidents.note({ door: 'coap', reason, device: patient.address })
}
await until(async () => (await hospital.audit.entriesOf(patient.address, 0, 9)).entries.length >= 2)

const people = { viewer: new Colleague(hospital), operator: new Colleague(hospital) }
for (const [role, one] of Object.entries(people)) {
  const listed = { address: one.address, role: role as 'viewer', added: 0 as UnixMs }
  await addStaff(hospital.staffFile, listed)
  await one.signIn()
}

const bare = (hex: string) => hex.replace(/^0x/, '').toLowerCase()
const batches = await hospital.store.reader.list({
  devices: [device.address],
  from: 0 as UnixMs,
  to: (JANUARY * 2) as UnixMs,
  limit: 100,
})
const blocks = await hospital.store.reader.blocks(batches.batches.map(({ digest }) => digest))
/** In an answer, as text or as bytes, each of these would say something of a patient. */
const SECRETS: Readonly<Record<string, readonly string[]>> = {
  'account of a patient': [patient.address, stranger.address],
  'account of a device': [device.address],
  label: [LABEL, OTHER_LABEL],
  CID: cids,
  grant: [granted.hash],
  'digest of a batch': batches.batches.map(({ digest }) => toHex(digest)),
  'sealed readings': blocks.map((block) => toHex(block?.subarray(-64) ?? new Uint8Array(64))),
  'key of a label': [toHex(patient.labelKey(LABEL).publicKey)],
}

/** Digits that come together by chance in no answer. */
const PIECE = 12

/** What of `SECRETS` is in `bytes`, apart from what was asked about. */
function saidIn(bytes: Buffer, question: string): readonly string[] {
  const [text, hex] = [bytes.toString('latin1').toLowerCase(), bytes.toString('hex')]
  return Object.entries(SECRETS).flatMap(([what, values]) =>
    values.some((value) => {
      if (question.includes(value)) return false
      const plain = bare(value)
      const isHex = /^[0-9a-f]+$/.test(plain)
      // Also a piece of it, as somebody might shorten it.
      const pieces = isHex ? [plain.slice(0, PIECE), plain.slice(-PIECE)] : [plain, plain.slice(-2 * PIECE)]
      return pieces.some((piece) => text.includes(piece) || (isHex && hex.includes(piece)))
    })
      ? [what]
      : [],
  )
}

/** As if a colleague knew every name there is: what a route is asked about, and what it is sent. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  cid: cids.slice(0, 1),
  address: [patient.address, device.address, physician.address, hospital.hospital.operator],
  device: [device.address],
  patient: [patient.address],
  hash: [granted.hash],
  grant: [granted.hash],
  hospital: [hospital.hospital.operator],
  mailbox: ['0x00112233445566778899aabbccddeeff'],
  id: ['00'.repeat(16), hex32()],
  key: ['relay'],
}
const { signature, ...glass } = signBreakGlass(
  realm,
  {
    ...{ physician: physician.address, grant: granted.hash, reason: 'nobody to ask', salt: hex32() },
    expires: (Date.now() + 600_000) as UnixMs,
  },
  physician.signer,
)
const breakGlass = { ...glass, signature: toHex(signature) }
const BODIES: Readonly<Record<string, object>> = {
  '/v1/blocks': { cids },
  '/v1/reencryptions': physician.request(hospital, granted.hash, cids),
  '/v1/emergencies/witness': { breakGlass, hospital: hospital.hospital.operator },
  '/v1/chain': { jsonrpc: '2.0', id: 1, method: 'eth_blockNumber', params: [] },
  '/v1/consortium/holdings': { nonce: hex32(), manifests: [] },
}
const QUERIES: Readonly<Record<string, readonly string[]>> = {
  '/v1/batches': ['', `?grant=${granted.hash}`],
}
/** Without a session anybody may ask for these by a CID, which no answer to staff holds. */
const BY_CID = new Set(['/v1/receipts/{cid}', '/v1/receipts/{cid}/holdings'])

const document = hospital.api.document() as { paths: Record<string, Record<string, { tags?: string[] }>> }
const questions = Object.entries(document.paths).flatMap(([pattern, methods]) =>
  Object.keys(methods).flatMap((method) => {
    const names = [...pattern.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
    const count = Math.max(1, ...names.map((name) => NAMES[name]?.length ?? 0))
    return Array.from({ length: count }, (_, index) => {
      const path = pattern.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
        const values = NAMES[name]
        if (values === undefined) throw new Error(`no example of ${name} in ${pattern}`)
        return values[index % values.length] ?? ''
      })
      return (QUERIES[pattern] ?? ['']).map((query) => ({ pattern, method, path: path + query }))
    }).flat()
  }),
)

// In no document: where pages are.
questions.push(...['/', '/dapp.json'].map((path) => ({ pattern: path, method: 'get', path })))
// Who has signed out is told nothing anyway.
const isSigningOut = ({ method, pattern }: (typeof questions)[number]) =>
  method === 'delete' && pattern === '/v1/session'
questions.sort((one, other) => Number(isSigningOut(one)) - Number(isSigningOut(other)))

for (const [role, one] of Object.entries(people)) {
  const { token } = one
  t.test(`no answer to a ${role} says anything of a patient`, async (t) => {
    t.ok(questions.length >= 60, `${questions.length} questions`)
    const statuses = new Map<number, number>()
    for (const { pattern, method, path } of questions) {
      // Has no end: looked at below.
      if (pattern === '/v1/events') continue
      const json = method === 'get' || method === 'delete' ? undefined : (BODIES[pattern] ?? {})
      const question: Asked = { method: method.toUpperCase(), token, ...(json && { json }) }
      const { status, bytes } = await client.ask(path, question)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      if (BY_CID.has(pattern)) continue
      t.same(saidIn(bytes, path), [], `${method} ${path} → ${status}`)
    }
    t.comment([...statuses].map(([status, count]) => `${status}: ${count}`).join(', '))
    t.ok((statuses.get(200) ?? 0) >= 15, 'much was answered')
    await one.signIn()
  })
}

t.test('the same search finds it in what a patient is told', async (t) => {
  const { bytes } = await client.ask('/v1/batches', { token: patient.token })
  t.same(saidIn(bytes, ''), ['account of a device', 'label', 'CID'])
  const taken = await client.ask('/v1/blocks', { json: { cids }, token: patient.token })
  t.ok(saidIn(taken.bytes, '').includes('sealed readings'))
})

t.test('nor do metrics', async (t) => {
  t.same(saidIn((await client.ask('/metrics')).bytes, ''), [])
})

t.test('nor do live events, of which a patient is told each', async (t) => {
  const open = (token: string | undefined, path = '/v1/events') =>
    watch({ port: client.port, ca: hospital.tls.ca, token, path })
  const own = await open(patient.token)
  // From now on, and from the beginning.
  const theirs = await Promise.all(
    Object.values(people).flatMap(({ token }) => [
      open(token),
      open(token, `/v1/events?after=${hospital.live.life}-0`),
    ]),
  )
  for (const reader of [own, ...theirs]) await reader.next('hello')
  const { block } = device.seal(patient, LABEL, JANUARY + 3_600_000)
  await take(hospital, block)
  await client.ask('/v1/reencryptions', {
    json: physician.request(hospital, granted.hash, cids),
    token: physician.token,
  })
  await client.ask('/v1/revocations', { json: patient.revocation(granted.hash) })
  for (const kind of ['batch', 'audit', 'grant']) await own.next(kind)
  const told = (reader: EventReader) => saidIn(Buffer.from(JSON.stringify(reader.events)), '')
  t.same(told(own), ['account of a device', 'label', 'grant'], 'the same search finds it')
  for (const reader of theirs) {
    t.same(
      reader.events.filter(({ kind }) => !/^(hello|heartbeat)$/.test(kind)),
      [],
    )
    t.same(told(reader), [])
  }
  for (const reader of [own, ...theirs]) reader.close()
})
