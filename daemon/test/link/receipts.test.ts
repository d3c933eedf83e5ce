import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Answer, decodeAnswers, encodeAnswers } from '@hygeia/protocol/device-link/answer'
import { toHex } from '@hygeia/protocol/ids'
import { signLabelKeys } from '@hygeia/protocol/label-keys/label-keys'
import { anchorSigner, isLeafProven } from '@hygeia/protocol/receipt/receipt'
import type { UnixMs } from '@hygeia/protocol/units'
import { type Clock, systemClock } from '@hygeia/runtime/clock'
import t from 'tap'
import { seeded } from '../corpus/world.ts'
import { CoapDevice } from './support/coap-device.ts'
import { bind, labelOf, type Sealed, TestDevice } from './support/devices.ts'
import { startHospital } from './support/hospital.ts'
import { brokerOf, hexDigest, MqttDevice, nameOf } from './support/mqtt-device.ts'
import { until } from './support/until.ts'

/** The hospital's wall clock, which the tests set. */
let aheadMs = 0
const clock: Clock = { ...systemClock, now: () => (systemClock.now() + aheadMs) as UnixMs }
const dir = await mkdtemp(join(tmpdir(), 'hygeia-receipts-'))
const hospital = await startHospital(dir, { clock })
const devices = Array.from({ length: 3 }, () => new TestDevice(hospital.realm))
const [first, second, third] = devices
if (first === undefined || second === undefined || third === undefined) throw new Error('three devices')
const patient = await bind(hospital, devices)
t.teardown(async () => {
  await hospital.stop()
  await rm(dir, { recursive: true })
})

type Receipts = Extract<Answer, { kind: 'receipts' }>
const receiptsIn = (answers: readonly Answer[]) =>
  answers.filter((answer): answer is Receipts => answer.kind === 'receipts')
const proven = (answers: readonly Answer[]) =>
  receiptsIn(answers).flatMap(({ anchor, proven: leaves }) =>
    leaves.flatMap((leaf) =>
      isLeafProven({ anchor, ...leaf }) &&
      anchorSigner(hospital.realm, anchor, hospital.recover) === hospital.receiptKey
        ? [toHex(leaf.leaf.digest)]
        : [],
    ),
  )
const digests = (batches: readonly Sealed[]) => batches.map(({ digest }) => toHex(digest)).sort()
const sealMany = (device: TestDevice, count: number) => Array.from({ length: count }, () => device.seal())

t.test('each connected device gets its own receipts, in one message for each anchor', async (t) => {
  const links = await Promise.all(
    [first, second].map((device) => MqttDevice.connect(brokerOf(hospital), device)),
  )
  const batches = [sealMany(first, 20), sealMany(second, 15)]
  await Promise.all(
    links.map((link, index) =>
      Promise.all((batches[index] ?? []).map(({ bytes }) => link.publish('batch', bytes))),
    ),
  )
  for (const [index, link] of links.entries()) {
    await until(() => proven(link.answers).length === batches[index]?.length)
    t.same(proven(link.answers).sort(), digests(batches[index] ?? []))
    const roots = receiptsIn(link.answers).map(({ anchor }) => anchor.root)
    t.equal(new Set(roots).size, roots.length, 'one message for each anchor')
    t.ok(link.answers.every(({ kind }) => kind === 'receipts'))
  }
  await Promise.all(links.map((link) => link.end()))
})

t.test('who was away asks, and gets the receipts of the sequences named', async (t) => {
  const link = await MqttDevice.connect(brokerOf(hospital), third)
  const batches = sealMany(third, 12)
  await Promise.all(batches.map(({ bytes }) => link.publish('batch', bytes)))
  await link.end()
  const lastOne = batches.at(-1)
  await until(() => lastOne && hospital.receipts.receiptOf(lastOne.digest))
  const back = await MqttDevice.connect(brokerOf(hospital), third)
  await back.publish('question', third.ask({ from: 3, to: 7 }))
  await until(() => proven(back.answers).length === 5)
  t.same(proven(back.answers).sort(), digests(batches.slice(2, 7)))
  await back.publish('question', third.ask({ from: 1, to: 0 }))
  await back.publish('question', third.ask({ from: 13, to: 1_000 }))
  await back.publish('question', third.ask({ from: 12, to: 12 }))
  await until(() => proven(back.answers).includes(toHex(lastOne?.digest ?? seeded('', 32))))
  t.equal(proven(back.answers).length, 6, 'and nothing for sequences that are not there')
  t.match(await hospital.store.devices.of(third.address), {
    headSequence: 12,
    incarnation: third.incarnation,
  })
  await back.end()
})

t.test('a batch that is sent again gets its first receipt again, on either door', async (t) => {
  const sealed = second.seal()
  const link = await MqttDevice.connect(brokerOf(hospital), second)
  await link.publish('batch', sealed.bytes)
  const original = await link.answerTo(sealed.bytes)
  link.answers.length = 0
  await link.publish('batch', sealed.bytes)
  t.same(await link.answerTo(sealed.bytes).then(anchorOf), anchorOf(original))
  const coap = await CoapDevice.open(hospital.coap.port)
  const [answer] = decodeAnswers((await coap.post('batch', sealed.bytes)).payload)
  t.same(answer && anchorOf(answer), anchorOf(original))
  coap.close()
  await link.end()
})
const anchorOf = (answer: Answer) =>
  answer.kind === 'receipts' ? encodeAnswers([{ ...answer, proven: [] }]) : answer

t.test('a question over CoAP is answered as far as a reply goes, and goes on from there', async (t) => {
  const coap = await CoapDevice.open(hospital.coap.port)
  const batches = sealMany(third, 150)
  await Promise.all(batches.map(({ bytes }) => hospital.ingest.batch(bytes, source)))
  await until(async () => hospital.store.anchors.isFinal(hospital.store.last))
  const found: string[] = []
  let rounds = 0
  for (let from = 13; from <= 162; rounds++) {
    const { payload } = await coap.post('question', third.ask({ from, to: 162 }))
    t.ok(payload.length <= 24 * 1024)
    const answers = decodeAnswers(payload)
    const last = Math.max(
      ...receiptsIn(answers).flatMap((answer) => answer.proven.map(({ leaf }) => leaf.sequence)),
    )
    found.push(...proven(answers))
    from = last + 1
  }
  t.ok(rounds > 1, `${rounds} replies`)
  t.same(found.sort(), digests(batches))
  coap.close()
})
const source = { door: 'coap', device: undefined, name: 'test', group: 'test', replyLimitBytes: 1e6 } as const

t.test('new label keys reach a connected device at once, and others when they ask', async (t) => {
  const keys = (serial: number) =>
    signLabelKeys(
      hospital.realm,
      {
        ...{ patient: patient.address, device: first.address, serial },
        keys: [{ label: labelOf(Date.now()), publicKey: seeded('label key', 33) }],
      },
      patient,
    )
  const link = await MqttDevice.connect(brokerOf(hospital), first)
  await hospital.labelKeys.put(keys(4))
  const pushed = await until(() => link.answers.find(({ kind }) => kind === 'label-keys'))
  t.same(pushed, { kind: 'label-keys', labelKeys: keys(4) })
  await link.end()
  await hospital.labelKeys.put(keys(5))
  const coap = await CoapDevice.open(hospital.coap.port)
  const ask = async (labelSerial: number) =>
    decodeAnswers((await coap.post('question', first.ask({ labelSerial, from: 1, to: 0 }))).payload)
  t.same(await ask(4), [{ kind: 'label-keys', labelKeys: keys(5) }])
  t.same(await ask(5), [], 'who has them hears nothing')
  coap.close()
})

t.test('a device that was bound a moment ago is known', async (t) => {
  const fresh = new TestDevice(hospital.realm)
  await bind(hospital, [fresh])
  const link = await MqttDevice.connect(brokerOf(hospital), fresh)
  const sealed = fresh.seal()
  await link.publish('batch', sealed.bytes)
  t.equal(nameOf(await link.answerTo(sealed.bytes)), 'receipts')
  await link.end()
})

t.test('a hospital whose clock is wrong refuses nothing for good', async (t) => {
  const link = await MqttDevice.connect(brokerOf(hospital), second)
  aheadMs = -3_600_000
  const early = second.seal()
  await link.publish('batch', early.bytes)
  t.equal(nameOf(await link.answerTo(early.bytes)), 'busy', 'an hour behind')
  aheadMs = 30 * 86_400_000
  const late = second.seal()
  await link.publish('batch', late.bytes)
  aheadMs = 0
  link.answers.length = 0
  await link.publish('batch', early.bytes)
  await until(() => proven(link.answers).length === 2)
  t.same(proven(link.answers).sort(), digests([early, late]), 'both have their receipts in the end')
  t.same(hexDigest(early.bytes), toHex(early.digest))
  await link.end()
})

t.test('what waits is bounded: beyond that a device hears BUSY, and its connection stays', async (t) => {
  const link = await MqttDevice.connect(brokerOf(hospital), second)
  const batches = sealMany(second, 700)
  await Promise.all(
    batches.map(({ bytes }) => hospital.ingest.batch(bytes, { ...source, name: second.address })),
  )
  const taken = await Promise.all(batches.map(({ digest }) => hospital.store.reader.find(digest)))
  const refused = batches.filter((_, index) => taken[index] === undefined)
  t.ok(refused.length > 0 && refused.length < 700, `${refused.length} of 700 were told to come later`)
  await Promise.all(refused.map(({ bytes }) => link.publish('batch', bytes)))
  await until(async () =>
    (await Promise.all(refused.map(({ digest }) => hospital.store.reader.find(digest)))).every(Boolean),
  )
  t.equal(link.closes, 0)
  await link.end()
})
