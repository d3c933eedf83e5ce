import { createHash, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { registerPatient } from '@hygeia/dapp/patient/patient'
import t from 'tap'
import { anchoredOnChain } from '../../support/anchors.ts'
import { rpc } from '../../support/chain-watch.ts'
import { DAEMON } from '../../support/hospital.ts'
import { newPatient } from '../../support/people.ts'
import { outcomeOf, runToEnd } from '../../support/process.ts'
import { RawDevice } from '../../support/raw-device.ts'
import { openScene } from '../../support/scene.ts'
import { until } from '../../support/until.ts'

const RAW_EVERY_MS = 100

t.setTimeout(360_000)

t.test('relay, anchor and TLS keys change under load, and nothing is lost or refused', async (t) => {
  const scene = await openScene(t)
  const { hospital, known, patient } = scene
  const keyOf = (name: string) => readFile(join(hospital.dir, 'keys', name), 'utf8')
  const rotate = async (key: string) => {
    const before = await keyOf(key === 'tls' ? 'tls-key.pem' : `${key}.key`)
    const said = await runToEnd(DAEMON, ['keys', 'rotate', key, '--config', hospital.configFile])
    t.not(await keyOf(key === 'tls' ? 'tls-key.pem' : `${key}.key`), before, `the ${key} key is another one`)
    return said.split(' ', 1)[0] ?? ''
  }
  const device = await RawDevice.bind(patient, hospital, 'mqtt')
  device.start(RAW_EVERY_MS)
  await receiptOfNext()

  const relay = await rotate('relay')
  t.match(relay, /^0x[0-9a-f]{40}$/)
  const before = await sentBy(relay)
  await registerPatient(newPatient(known))
  t.equal(await sentBy(relay), before + 1, 'the new account relays')

  const anchor = await rotate('anchor')
  await until('the new account anchors', async () => (await sentBy(anchor)) > 1)
  await receiptOfNext()

  const doctor = () => outcomeOf(DAEMON, ['doctor', '--json', '--config', hospital.configFile])
  const faults = async () =>
    JSON.parse((await doctor()).stdout).filter(
      (one: { isWell: boolean; subject: string }) => !one.isWell && one.subject !== 'clock synchronisation',
    )
  t.same(await faults(), [], 'the Directory names the keys that lie here')

  const certificate = new X509Certificate(await keyOf('tls.pem'))
  const pinned = createHash('sha256')
    .update(await keyOf('ca.pem'))
    .digest('hex')
  await rotate('tls')
  const renewed = new X509Certificate(await keyOf('tls.pem'))
  t.not(renewed.fingerprint256, certificate.fingerprint256)
  t.equal(renewed.subjectAltName, certificate.subjectAltName, 'for the same names')
  t.equal(
    createHash('sha256')
      .update(await keyOf('ca.pem'))
      .digest('hex'),
    pinned,
    'what devices pin is the same',
  )

  await hospital.kill()
  await hospital.start()
  t.same(await faults(), [])
  await delay(1_000)
  await device.finish()
  t.same(device.refused, [])
  for (const { cid } of device.acknowledged)
    await until(`${cid} has its receipt`, () => known.client.receipt(cid))
  t.pass(`all ${device.acknowledged.length} batches have their receipts`)
  const anchors = await anchoredOnChain(hospital.endpoints.rpc, (await known.client.realm()).anchor)
  t.equal(new Set(anchors.map(({ root }) => root)).size, anchors.length, 'no root was anchored twice')

  /** Wait until a batch that is still to come has its receipt. */
  async function receiptOfNext(): Promise<void> {
    const next = device.acknowledged.length
    const { cid } = await until('another batch is taken', async () => device.acknowledged.at(next))
    await until('it has its receipt', () => known.client.receipt(cid))
  }

  async function sentBy(address: string): Promise<number> {
    return Number(await rpc(hospital.endpoints.rpc, 'eth_getTransactionCount', [address, 'latest']))
  }
})
