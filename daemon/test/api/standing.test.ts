import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { abi } from '@hygeia/contracts/consent'
import { fromHex, type Hex, type Hex32 } from '@hygeia/protocol/ids'
import { toContractSignature } from '@hygeia/protocol/signature'
import type { UnixMs } from '@hygeia/protocol/units'
import { systemClock } from '@hygeia/runtime/clock'
import { Interface } from 'ethers'
import t from 'tap'
import { until } from '../link/support/until.ts'
import { type Hospital, startHospital } from './support/hospital.ts'
import { hex32, Physician } from './support/people.ts'
import { LABEL, setScene } from './support/scene.ts'

let ahead = 0
const clock = { ...systemClock, now: () => (systemClock.now() + ahead) as UnixMs }
let hospital = await startHospital({ clock })
const { dir } = hospital
t.teardown(() => hospital.destroy())
const { patient, physician, granted, cids } = await setScene(hospital)

const ask = (grant: Hex32, asked = physician.request(hospital, grant, cids)) =>
  hospital.client.ask('/v1/reencryptions', { json: asked, token: physician.token })
const give = async (changes = {}) => {
  const { hash, kfrags, grant, consent, parcel } = patient.grant(hospital, physician, [LABEL], changes)
  const posted = await hospital.client.ask('/v1/grants', {
    json: { grant, consent, parcel },
    token: patient.token,
  })
  return { hash, kfrags, posted }
}

/** Whether any file under `path` holds `bytes`. */
async function isOnDisk(path: string, bytes: Uint8Array): Promise<boolean> {
  for (const entry of await readdir(path, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue
    if ((await readFile(join(entry.parentPath, entry.name))).includes(Buffer.from(bytes))) return true
  }
  return false
}

t.test('what was answered is not answered again after a restart, and what stood still stands', async (t) => {
  const asked = physician.request(hospital, granted.hash, cids)
  t.equal((await ask(granted.hash, asked)).status, 200)
  const before = await hospital.audit.entriesOf(patient.address, 0, 100)
  await hospital.stop()
  hospital = await restart()
  t.match(await ask(granted.hash, asked), { status: 409, json: { code: 'REPLAYED' } })
  t.equal((await ask(granted.hash)).status, 200)
  const after = await hospital.audit.entriesOf(patient.address, 0, 100)
  t.same(
    after.entries.slice(0, before.entries.length).map(({ bytes }) => bytes),
    before.entries.map(({ bytes }) => bytes),
  )
  t.same(
    after.entries.map(({ entry }) => entry.index),
    after.entries.map((_, index) => index),
    'without a gap',
  )
})

async function restart(): Promise<Hospital> {
  const next = await startHospital({ dir, clock })
  for (const one of [patient, physician]) {
    Object.assign(one, { client: next.client })
    await one.signIn()
  }
  return next
}

t.test('a chain that stands still answers nobody', async (t) => {
  ahead = 10_000
  const refused = await ask(
    granted.hash,
    physician.request(hospital, granted.hash, cids, { expires: (Date.now() + 60_000) as UnixMs }),
  )
  t.match(refused, { status: 503, json: { code: 'STALE_CHAIN' }, headers: { 'retry-after': '1' } })
  ahead = 0
  t.equal((await ask(granted.hash)).status, 200)
})

t.test('access has a beginning and an end', async (t) => {
  const seconds = (from: number) => (Math.floor(Date.now() / 1_000) * 1_000 + from) as UnixMs
  const early = await give({ accessFrom: seconds(3_600_000), accessTo: seconds(7_200_000) })
  t.match(await ask(early.hash), { status: 403, json: { code: 'GRANT_NOT_YET' } })
  const short = await give({ accessTo: seconds(8_000) })
  t.equal(short.posted.status, 201)
  t.equal((await ask(short.hash)).status, 200)
  await until(async () => (await ask(short.hash)).json.code === 'GRANT_EXPIRED')
  await until(async () => (await hospital.grants.kfrags(short.hash)) === undefined)
  t.pass('and its fragments are gone')
})

t.test('what is revoked elsewhere is revoked here', async (t) => {
  const { hash } = await give()
  t.equal((await ask(hash)).status, 200)
  const { message, signature } = patient.revocation(hash)
  const values = [message.patient, hash, toContractSignature(fromHex(signature))]
  const data = new Interface(abi).encodeFunctionData('revoke', values) as Hex
  await hospital.relayAccount.send({ to: hospital.contracts.consent, data, gasLimit: 100_000 })
  t.match(await ask(hash), { status: 403, json: { code: 'GRANT_REVOKED' } })
  await until(async () => (await hospital.grants.find(hash))?.standing === 'revoked')
  await until(async () => (await hospital.grants.kfrags(hash)) === undefined)
})

t.test('a revocation before its grant keeps the grant out', async (t) => {
  const { hash, grant, consent, parcel } = patient.grant(hospital, physician, [LABEL])
  t.equal((await hospital.client.ask('/v1/revocations', { json: patient.revocation(hash) })).status, 200)
  const posted = await hospital.client.ask('/v1/grants', {
    json: { grant, consent, parcel },
    token: patient.token,
  })
  t.match(posted, { status: 403, json: { code: 'GRANT_REVOKED' } })
  t.equal(await hospital.grants.kfrags(hash), undefined)
})

t.test('fragments lie encrypted on the disk, and revoked ones not at all', async (t) => {
  const path = join(dir, 'data')
  const { hash, kfrags } = await give()
  const [kfrag = new Uint8Array(1)] = kfrags
  t.notOk(await isOnDisk(path, kfrag.subarray(0, 32)), 'not in the clear')
  const sealed = (await readFile(join(path, 'kfrags', hash))).subarray(0, 64)
  t.ok(await isOnDisk(path, sealed))
  await hospital.client.ask('/v1/revocations', { json: patient.revocation(hash) })
  t.notOk(await isOnDisk(path, sealed))
})

t.test(
  'a reader whom no hospital admitted opens what is signed to be for family, and nothing else',
  async (t) => {
    const { client, realm } = hospital
    const reader = new Physician({ realm, client })
    await reader.relay(reader.registration())
    await reader.signIn()
    const put = (changes: object) => {
      const { hash, grant, consent, parcel } = patient.grant(hospital, reader, [LABEL], changes)
      const posted = client.ask('/v1/grants', { json: { grant, consent, parcel }, token: patient.token })
      return posted.then(({ status }) => ({ hash, status }))
    }
    t.equal((await put({})).status, 403, 'as a physician')
    const { hash, status } = await put({ isForFamily: true })
    t.equal(status, 201)
    const opened = await client.ask('/v1/reencryptions', {
      json: reader.request(hospital, hash, cids),
      token: reader.token,
    })
    t.equal(opened.status, 200)
  },
)

t.test('a suspended physician is refused, whatever was granted', async (t) => {
  const path = `/v1/operator/physicians/${physician.address}/suspension`
  t.equal((await hospital.client.ask(path, { method: 'POST', token: hospital.operatorToken })).status, 200)
  t.match(await ask(granted.hash), { status: 403, json: { code: 'PHYSICIAN_NOT_ACTIVE' } })
  t.match((await give()).posted, { status: 403, json: { code: 'PHYSICIAN_NOT_ACTIVE' } })
  const message = await physician.signInMessage()
  const signedIn = await hospital.client.ask('/v1/session', {
    json: { message, signature: physician.signMessage(message) },
  })
  t.match(signedIn, { status: 403, json: { code: 'NOT_REGISTERED' } })
})

t.test('a revocation that found no chain is carried there when it can be', async (t) => {
  const { relay } = hospital
  const hash = hex32()
  const { message, signature } = patient.revocation(hash)
  const send = relay.send.bind(relay)
  relay.send = async () => {
    throw Object.assign(new Error('no chain'), { code: 'CHAIN_UNAVAILABLE' })
  }
  await t.rejects(hospital.grants.revoke(message, signature), { code: 'CHAIN_UNAVAILABLE' })
  relay.send = send
  await until(
    async () =>
      (await hospital.onChain.consentOf(hospital.contracts.consent, patient.address, hash)).isRevoked,
  )
})
