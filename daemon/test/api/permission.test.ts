import { auditLeafHash, auditSigner, decodeAuditEntry } from '@hygeia/protocol/audit/entry'
import { fromHex } from '@hygeia/protocol/ids'
import { asLabel } from '@hygeia/protocol/label'
import { provesLeaf } from '@hygeia/protocol/merkle/proof'
import { formatCid } from '@hygeia/protocol/sealed/cid'
import { decodeSealed } from '@hygeia/protocol/sealed/codec'
import { openReencrypted } from '@hygeia/protocol/umbral/cfrag'
import { decode } from '@ipld/dag-cbor'
import t from 'tap'
import { until } from '../link/support/until.ts'
import { startHospital } from './support/hospital.ts'
import { Device, Patient, Physician, take } from './support/people.ts'

const hospital = await startHospital()
t.teardown(() => hospital.destroy())
const { client, realm } = hospital
const people = { realm, client }
const [patient, physician, device] = [new Patient(people), new Physician(people), new Device(realm)]
const label = asLabel('vitals/2026-01/0')
const other = asLabel('ecg/2026-01/0')
const january = Date.UTC(2026, 0, 10)

t.test('many register in one block, each by one transaction', async (t) => {
  const others = Array.from({ length: 12 }, () => new Patient(people))
  const requests = [patient, physician, ...others].map((one) => one.registration())
  const answers = await Promise.all(requests.map((request) => client.ask('/v1/relay', { json: request })))
  t.same([...new Set(answers.map(({ status }) => status))], [200])
  t.ok(
    new Set(answers.map(({ json }) => json.blockNumber)).size <= 2,
    'in one block, or two when a period ends between',
  )
  const [first] = requests
  const again = await client.ask('/v1/relay', { json: first })
  t.same(again.json, answers[0]?.json, 'the same statement again finds the same transaction')
})

t.test('a contract says by its own name why it refuses', async (t) => {
  const { status, json } = await client.ask('/v1/relay', { json: patient.registration() })
  t.match(
    { status, json },
    { status: 409, json: { code: 'CONTRACT_REFUSED', contractError: 'DirectoryWrongPatientStatus' } },
  )
})

t.test('a physician signs in once registered, and is active once admitted', async (t) => {
  await physician.signIn()
  const path = `/v1/operator/physicians/${physician.address}/admission`
  t.match(await client.ask(path, { method: 'POST' }), { status: 401, json: { code: 'OPERATOR_ONLY' } })
  t.match(await client.ask(path, { method: 'POST', token: hospital.operatorToken }), { status: 200 })
  t.match(await client.ask(path, { method: 'POST', token: hospital.operatorToken }), {
    status: 409,
    json: { contractError: 'DirectoryWrongPhysicianStatus' },
  })
  const key = `/v1/physicians/${physician.address}/key`
  t.match(await client.ask(key), { status: 404 })
  t.match(await client.ask(key, { method: 'PUT', json: physician.signedKey() }), { status: 204 })
  t.match(await client.ask(key), { status: 200, json: physician.signedKey() })
})

const pairing = { labelKeys: patient.labelKeys(device, [label, other]) }

t.test('a device is bound, and its label keys are held', async (t) => {
  await patient.signIn()
  t.match(await patient.relay(patient.binding(device)), { status: 200 })
  await until(() => hospital.devices.device(device.address) !== undefined)
  const path = `/v1/devices/${device.address}/label-keys`
  const token = patient.token
  t.match(await client.ask(path, { method: 'PUT', cbor: pairing.labelKeys, token }), { status: 204 })
  t.same((await client.ask(path, { token })).bytes, Buffer.from(pairing.labelKeys))
  t.match(await client.ask('/v1/devices', { token }), {
    status: 200,
    json: [{ device: device.address, status: 'bound', newestSerial: 1, lastSeen: null }],
  })
  t.match(await client.ask(path, { token: physician.token }), { status: 403, json: { code: 'NOT_YOURS' } })
})

const inside = Array.from({ length: 20 }, (_, index) =>
  device.seal(patient, label, january + index * 60_000, index >> 1),
)
const outside = device.seal(patient, other, january)
const late = device.seal(patient, label, Date.UTC(2026, 2) - 10_000)
const granted = patient.grant(hospital, physician, [label])
const cids = inside.map(({ cid }) => formatCid(cid))
const ask = (asked: object) => client.ask('/v1/reencryptions', { json: asked, token: physician.token ?? '' })

t.test('a grant is held once the chain has its consent, and the same again is the same', async (t) => {
  for (const { block } of [...inside, outside, late]) await take(hospital, block)
  const { grant, consent, parcel } = granted
  const post = () => client.ask('/v1/grants', { json: { grant, consent, parcel }, token: patient.token })
  const first = await post()
  t.match(first, { status: 201, json: { grant: granted.hash } })
  t.same((await post()).json, first.json)
  for (const { token } of [patient, physician]) {
    t.match(await client.ask('/v1/grants', { token }), {
      json: [{ hash: granted.hash, grant: granted.grant, state: 'active' }],
    })
  }
})

t.test('the physician lists, fetches and opens exactly what is granted', async (t) => {
  const { token } = physician
  const listed = await client.ask(`/v1/batches?grant=${granted.hash}&limit=7`, { token })
  const page = listed.json as { batches: { cid: string }[]; next: string }
  t.equal(page.batches.length, 7)
  const rest = await client.ask(`/v1/batches?grant=${granted.hash}&cursor=${page.next}`, { token })
  const all = [...page.batches, ...(rest.json as typeof page).batches].map(({ cid }) => cid)
  t.same(all.toSorted(), cids.toSorted(), 'neither another label nor another time')

  const wanted = [...cids, formatCid(outside.cid)]
  const fetched = await client.ask('/v1/blocks', { json: { cids: wanted }, token })
  const blocks = decode(fetched.bytes) as (Uint8Array | null)[]
  t.same(
    blocks.slice(0, -1).map((block) => Buffer.from(block ?? [])),
    inside.map(({ block }) => Buffer.from(block)),
  )
  t.equal(blocks.at(-1), null, 'what is not granted is not given')

  const asked = physician.request(hospital, granted.hash, cids)
  const answer = await ask(asked)
  t.equal(answer.status, 200)
  const cfrags = answer.json.cfrags as { capsule: string; cfrag: string }[]
  t.equal(cfrags.length, 10, 'one for each distinct capsule')
  const keys = {
    verifyingKey: granted.document.verifyingKey,
    delegatingKey: patient.labelKey(label).publicKey,
    receivingKey: physician.receivingKey,
  }
  for (const { block, dataKey } of inside) {
    const { capsule, wrappedKey } = decodeSealed(block)
    const cfrag =
      cfrags.find((one) => one.capsule === `0x${Buffer.from(capsule).toString('hex')}`)?.cfrag ?? '0x'
    const opened = openReencrypted(physician.secret, keys, { capsule, ciphertext: wrappedKey }, [
      fromHex(cfrag),
    ])
    if (Buffer.compare(opened, dataKey) !== 0) t.fail('another data key')
  }
  const entry = decodeAuditEntry(fromHex(String(answer.json.entry)))
  t.match(entry, { event: 'opened', patient: patient.address, physician: physician.address, batches: 20 })
  const signature = fromHex(String(answer.json.entrySignature))
  t.equal(auditSigner(realm, entry, signature, hospital.recover), hospital.hospital.receipt)
  t.match(await ask(asked), { status: 409, json: { code: 'REPLAYED' } })
})

t.test('what is not granted is refused by name', async (t) => {
  const cases = [
    ['OUTSIDE_GRANT', 403, physician.request(hospital, granted.hash, [...cids, formatCid(outside.cid)])],
    ['OUTSIDE_GRANT', 403, physician.request(hospital, granted.hash, [formatCid(late.cid)])],
    [
      'BATCH_UNKNOWN',
      404,
      physician.request(hospital, granted.hash, [formatCid(device.seal(patient, label, january).cid)]),
    ],
    ['GRANT_UNKNOWN', 404, physician.request(hospital, `0x${'12'.repeat(32)}` as typeof granted.hash, cids)],
    [
      'REQUEST_FOR_OTHERS',
      400,
      physician.request(hospital, granted.hash, cids, { proxies: [patient.address] }),
    ],
  ] as const
  for (const [code, status, asked] of cases) t.match(await ask(asked), { status, json: { code } }, code)
})

t.test('a revocation ends the grant at once and for good, whoever asks', async (t) => {
  const revocation = patient.revocation(granted.hash)
  const relayed = client.ask('/v1/revocations', { json: revocation })
  await until(async () => (await hospital.grants.kfrags(granted.hash)) === undefined, 500)
  t.match(
    await ask(physician.request(hospital, granted.hash, cids)),
    { status: 403, json: { code: 'GRANT_REVOKED' } },
    'before the chain knows of it',
  )
  const first = await relayed
  t.match(first, { status: 200 })
  t.same((await client.ask('/v1/revocations', { json: revocation })).json, first.json, 'and again')
  t.match(await client.ask('/v1/grants', { token: physician.token }), { json: [{ state: 'revoked' }] })
  const { grant, consent, parcel } = granted
  t.match(await client.ask('/v1/grants', { json: { grant, consent, parcel }, token: patient.token }), {
    status: 403,
    json: { code: 'GRANT_REVOKED' },
  })
})

t.test('the patient sees all of it, proven on the chain', async (t) => {
  interface Line {
    readonly entry: string
    readonly anchor?: { readonly root: string; readonly proof: readonly string[] }
  }
  let lines: readonly Line[] = []
  await until(async () => {
    lines = (await client.ask('/v1/audit', { token: patient.token })).json.entries as readonly Line[]
    return lines.every(({ anchor }) => anchor !== undefined)
  })
  const entries = lines.map(({ entry }) => decodeAuditEntry(fromHex(entry)))
  t.same(
    // A revocation is honoured on sight, so that a refusal may be in the log before it.
    [
      entries.slice(0, 6).map(({ event, reason }) => `${event} ${reason}`.trim()),
      entries
        .slice(6)
        .map(({ event, reason }) => `${event} ${reason}`.trim())
        .sort(),
    ],
    [
      [
        'granted',
        'opened',
        'refused REPLAYED',
        'refused OUTSIDE_GRANT',
        'refused OUTSIDE_GRANT',
        'refused BATCH_UNKNOWN',
      ],
      ['refused GRANT_REVOKED', 'revoked'],
    ],
  )
  for (const [index, { anchor }] of lines.entries()) {
    const [entry, root] = [entries[index], anchor?.root ?? '0x']
    if (entry === undefined) continue
    t.ok(
      provesLeaf(fromHex(root), auditLeafHash(entry), (anchor?.proof ?? []).map(fromHex)),
      `entry ${entry.index}`,
    )
  }
})
