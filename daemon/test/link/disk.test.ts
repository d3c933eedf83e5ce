import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeAnswers } from '@hygeia/protocol/device-link/answer'
import t from 'tap'
import { CoapDevice } from './support/coap-device.ts'
import { bind, type Sealed, TestDevice } from './support/devices.ts'
import { startHospital } from './support/hospital.ts'
import { brokerOf, MqttDevice, nameOf } from './support/mqtt-device.ts'
import { until } from './support/until.ts'

const dir = await mkdtemp(join(tmpdir(), 'hygeia-disk-'))
const small = await mkdtemp(join(tmpdir(), 'hygeia-small-'))
const mount = (...args: string[]) => execFileSync('mount', args, { stdio: 'ignore' })
let isMounted = true
try {
  mount('-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', small)
} catch {
  isMounted = false
}
t.teardown(async () => {
  if (isMounted) execFileSync('umount', [small])
  await rm(dir, { recursive: true })
  await rm(small, { recursive: true })
})

const skip = isMounted ? false : 'only root can mount a small disk'
t.test('a disk that is full is BUSY on both doors, and room lets everything go on', { skip }, async (t) => {
  const hospital = await startHospital(dir, { storePath: join(small, 'ingest'), storeReserveBytes: 0 })
  t.teardown(() => hospital.stop())
  const device = new TestDevice(hospital.realm)
  await bind(hospital, [device])
  const link = await MqttDevice.connect(brokerOf(hospital), device)
  const coap = await CoapDevice.open(hospital.coap.port)
  t.teardown(() => coap.close())

  const taken: Sealed[] = []
  const refused: Sealed[] = []
  while (refused.length < 5) {
    const sealed = device.seal({ ciphertextBytes: 60_032 })
    link.answers.length = 0
    await link.publish('batch', sealed.bytes)
    const isHeld = await hospital.store.reader.find(sealed.digest).catch(() => undefined)
    if (isHeld !== undefined) taken.push(sealed)
    else {
      t.equal(nameOf(await link.answerTo(sealed.bytes)), 'busy', 'not taken, and told so')
      refused.push(sealed)
    }
  }
  t.ok(taken.length > 5, `full after ${taken.length} batches of 60 KB`)
  const another = device.seal({ ciphertextBytes: 60_032 })
  const [answer] = decodeAnswers((await coap.post('batch', another.bytes)).payload)
  t.equal(answer && nameOf(answer), 'busy')
  t.equal(link.closes, 0, 'the connection stays')

  mount('-o', 'remount,size=64m', small)
  for (const sealed of [...refused, another]) {
    await until(async () => {
      await link.publish('batch', sealed.bytes)
      return hospital.store.reader.find(sealed.digest).catch(() => undefined)
    }, 30_000)
  }
  for (const sealed of [...taken, ...refused, another]) {
    t.ok(
      await until(() => hospital.receipts.receiptOf(sealed.digest).catch(() => undefined)),
      'has its receipt',
    )
  }
  t.equal(link.closes, 0)
  await link.end()
})

t.test('less free than is kept in reserve is BUSY too, before anything is written', async (t) => {
  const hospital = await startHospital(join(dir, 'second'), { storeReserveBytes: Number.MAX_SAFE_INTEGER })
  t.teardown(() => hospital.stop())
  const device = new TestDevice(hospital.realm)
  await bind(hospital, [device])
  const link = await MqttDevice.connect(brokerOf(hospital), device)
  const sealed = device.seal()
  await link.publish('batch', sealed.bytes)
  t.equal(nameOf(await link.answerTo(sealed.bytes)), 'busy')
  t.equal(hospital.store.last, 0)
  t.equal(link.closes, 0)
  await link.end()
})
