import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { abi } from '@hygeia/contracts/anchor'
import { fromHex } from '@hygeia/protocol/ids'
import { decodeManifest } from '@hygeia/protocol/manifest/manifest'
import { isLeafProven } from '@hygeia/protocol/receipt/receipt'
import { freePort } from '@hygeia/runtime/test/free-port'
import { Interface } from 'ethers'
import t, { type Test } from 'tap'
import { CoapDevice } from './support/coap-device.ts'
import { bind, type Sealed, TestDevice } from './support/devices.ts'
import { type Hospital, startHospital } from './support/hospital.ts'
import { HospitalProcess } from './support/hospital-process.ts'
import { MqttDevice } from './support/mqtt-device.ts'
import { until } from './support/until.ts'

const KILLS = process.env.HYGEIA_SOAK === undefined ? 4 : 100
const MQTT_DEVICES = 4
const IN_FLIGHT = 8

const dir = await mkdtemp(join(tmpdir(), 'hygeia-kills-'))
t.teardown(() => rm(dir, { recursive: true }))
t.setTimeout(KILLS * 30_000)
const seed = process.env.HYGEIA_SEED ?? `${Date.now()}`
t.comment(`HYGEIA_SEED=${seed} kills at the same moments`)
/** 0 to 1, the same for one seed. */
const random = (name: string) =>
  createHash('sha256')
    .update(seed + name)
    .digest()
    .readUInt32BE() /
  2 ** 32

const first = await startHospital(dir)
const devices = Array.from({ length: MQTT_DEVICES + 1 }, () => new TestDevice(first.realm))
await bind(first, devices)
const { tls, hospital } = first
await first.stop()

const acknowledged: Sealed[] = []
const sent: Sealed[] = []
/** Per device: sealed, but not acknowledged yet. */
const waiting = devices.map((): Sealed[] => [])

/** Publishes until the connection breaks; what was not acknowledged stays first in line. */
async function load(index: number, send: (sealed: Sealed) => Promise<void>): Promise<void> {
  const device = devices[index]
  const line = waiting[index]
  if (device === undefined || line === undefined) throw new Error('no such device')
  const retry = [...line]
  const lane = async () => {
    for (;;) {
      const again = retry.shift()
      const sealed = again ?? device.seal()
      if (again === undefined) {
        line.push(sealed)
        sent.push(sealed)
      }
      await send(sealed)
      line.splice(line.indexOf(sealed), 1)
      acknowledged.push(sealed)
    }
  }
  await Promise.allSettled(Array.from({ length: IN_FLIGHT }, lane))
}

const ports = { mqttPort: await freePort(), coapPort: await freePort() }
for (let kill = 1; kill <= KILLS; kill++) {
  const child = await HospitalProcess.start(dir, ports)
  const at = { port: ports.mqttPort, ca: tls.ca, hospital: hospital.operator, nonce: () => child.nonce() }
  const links: MqttDevice[] = []
  // One after another: they share the line on which nonces come.
  for (const device of devices.slice(0, MQTT_DEVICES)) links.push(await MqttDevice.connect(at, device))
  const coap = await CoapDevice.open(ports.coapPort)
  const isOver = new AbortController()
  const over = new Promise<never>((_resolve, reject) => {
    isOver.signal.addEventListener('abort', () => reject(new Error('killed')))
  })
  over.catch(() => {})
  const loads = [
    ...links.map((link, index) => {
      link.client.on('error', () => {})
      return load(index, async ({ bytes }) => {
        await Promise.race([link.publish('batch', bytes), over])
      })
    }),
    load(MQTT_DEVICES, async ({ bytes }) => {
      const { code } = await Promise.race([coap.post('batch', bytes), over])
      if (code !== 0x44) throw new Error(`coap said ${code}`)
    }),
  ]
  await delay(50 + random(`kill ${kill}`) * 1_500)
  await child.kill()
  isOver.abort()
  for (const link of links) link.client.end(true)
  await Promise.all(loads)
  coap.close()
}

t.test(`after ${KILLS} kills under load`, async (t) => {
  const last = await startHospital(dir)
  t.teardown(() => last.stop())
  t.ok(acknowledged.length > KILLS * 10, `${acknowledged.length} of ${sent.length} were acknowledged`)
  const held = await Promise.all(acknowledged.map(({ digest }) => last.store.reader.find(digest)))
  t.equal(held.filter((record) => record === undefined).length, 0, 'nothing acknowledged is lost')
  const arrivals = new Set(held.map((record) => record?.arrival))
  t.equal(arrivals.size, acknowledged.length, 'nothing is doubled')
  t.ok(last.store.last <= sent.length, 'and nothing is there that was not sent')
  t.same(await last.store.forks.of(devices[0]?.address ?? hospital.operator), [], 'sending again is no fork')
  await until(
    () => last.store.anchors.through === last.store.last && last.store.anchors.open.length === 0,
    30_000,
  )
  await eachIsAnchoredOnce(t, last)
  const records = held.filter((record) => record !== undefined)
  const answers = await last.receipts.answersFor(records, Infinity)
  const proven = answers.flatMap((answer) =>
    answer.kind === 'receipts'
      ? answer.proven.filter((leaf) => isLeafProven({ anchor: answer.anchor, ...leaf }))
      : [],
  )
  t.equal(proven.length, acknowledged.length, 'every batch that was acknowledged has a receipt that verifies')
})

async function eachIsAnchoredOnce(t: Test, last: Hospital): Promise<void> {
  const contract = new Interface(abi)
  const filter = { address: last.contracts.anchor, fromBlock: '0x0', toBlock: 'latest' }
  const logs = (await last.engine.request({ method: 'eth_getLogs', params: [filter] })) as {
    topics: string[]
    data: string
  }[]
  const anchored = new Set<string>()
  let count = 0
  for (const log of logs) {
    const event = contract.parseLog(log)
    const block = await last.ipfs.get(fromHex(String(event?.args.manifest)))
    if (block === undefined) throw new Error('a manifest is missing')
    const { leaves } = decodeManifest(block)
    t.equal(leaves.length, Number(event?.args.count))
    count += leaves.length
    for (const { digest } of leaves) {
      anchored.add(Buffer.from(digest).toString('hex'))
      if ((await last.ipfs.get(digest)) === undefined) t.fail('an anchored block is missing')
    }
  }
  t.equal(count, last.store.last, 'every batch is under an anchor')
  t.equal(anchored.size, count, 'and under one only')
}
