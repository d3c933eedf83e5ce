import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { signDeviceHospitals } from '@hygeia/protocol/device-hospitals/device-hospitals'
import t from 'tap'
import type { PinnedHospital } from '../../src/hospital/pairing-record.ts'
import { deliver } from '../support/delivering.ts'
import { DEVICE } from '../support/line.ts'
import { TcpProxy, UdpProxy } from '../support/proxy.ts'
import { REALM } from '../support/realm.ts'
import { makeSetting, type Setting } from '../support/setting.ts'
import { until } from '../support/until.ts'

t.jobs = 2
t.setTimeout(120_000)

type Teardown = { teardown(work: () => unknown): unknown }
const portOf = (url: string) => Number(new URL(url).port)

/** A hospital that can be dead, when it refuses connections, or frozen, when it takes them and says nothing. */
interface Mortal {
  readonly setting: Setting
  readonly pinned: PinnedHospital
  readonly name: string
  be(state: 'well' | 'dead' | 'frozen'): void
}

async function makeMortal(t: Teardown): Promise<Mortal> {
  const setting = await makeSetting(t, { periodMs: 200 })
  const api = new TcpProxy(portOf(setting.api.url))
  const broker = new TcpProxy(portOf(setting.broker.url))
  const coap = new UdpProxy(portOf(setting.coap.url))
  const pinned: PinnedHospital = {
    ...setting.pinned,
    api: `https://127.0.0.1:${await api.listen()}`,
    mqtt: `mqtts://127.0.0.1:${await broker.listen()}`,
    coap: `coap://127.0.0.1:${await coap.listen()}`,
  }
  for (const proxy of [api, broker, coap]) t.teardown(() => proxy.close())
  return {
    setting,
    pinned,
    name: new URL(pinned.api).host,
    be(state) {
      for (const proxy of [api, broker]) {
        proxy.isFrozen = state === 'frozen'
        proxy.isRefusing = state === 'dead'
        if (state !== 'frozen') proxy.cut()
      }
      coap.fate = () => (state === 'well' ? [0] : [])
    },
  }
}

const FAIL_OVER = { afterMs: 1_000, returnAfterMs: 1_500 }

async function makeTwo(
  t: Teardown,
  kind: 'mqtt' | 'coap',
  { knows = 'both', resendAfterMs = 600_000 }: { knows?: 'both' | 'the first'; resendAfterMs?: number } = {},
) {
  const [first, second] = [await makeMortal(t), await makeMortal(t)]
  const uplink = {
    kind,
    failOver: FAIL_OVER,
    retryLimitMs: 500,
    stallMs: 3_000,
    answerMs: 3_000,
    resendAfterMs,
    statusEveryMs: 1_000,
  }
  const hospitals = knows === 'both' ? [first.pinned, second.pinned] : [first.pinned]
  const start = () => deliver(first.setting, { uplink }, { hospitals })
  const agent = await start()
  t.teardown(() => agent.stop())
  const sequences = (...hospitals: Mortal[]) =>
    hospitals.flatMap(({ setting }) => setting.hospital.batches.map(({ batch }) => batch.sequence))
  const speaksTo = () => agent.delivery.status().uplink.hospital
  return { first, second, agent, start, sequences, speaksTo }
}

for (const kind of ['mqtt', 'coap'] as const) {
  for (const state of ['dead', 'frozen'] as const) {
    t.test(`${kind}: while the first hospital is ${state} the next one is sent to`, async (t) => {
      const { first, second, agent, sequences, speaksTo } = await makeTwo(t, kind)
      await agent.minutes(5)
      await until('it is done', () => agent.delivery.isDone)
      t.same(sequences(second), [], 'the first alone was spoken to')
      first.be(state)
      await agent.minutes(5)
      const began = performance.now()
      await until('it is done', () => agent.delivery.isDone)
      const tookMs = performance.now() - began
      t.ok(tookMs < 6_000, `after ${Math.round(tookMs)} ms`)
      t.equal(speaksTo(), second.name)
      t.match(agent.delivery.status().uplink.hospitals, [
        { name: first.name },
        { name: second.name, isUp: true },
      ])
      t.same(
        sequences(first, second).toSorted((a, b) => a - b),
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
        'each at one',
      )

      first.be('well')
      await until('it is spoken to again', () => speaksTo() === first.name)
      await agent.minutes(5)
      await until('it is done', () => agent.delivery.isDone)
      t.same(sequences(first).slice(-5), [11, 12, 13, 14, 15])
      t.equal(sequences(first, second).length, 15, 'and nothing came twice')
      t.equal(first.setting.hospital.badSignatures + second.setting.hospital.badSignatures, 0)
      t.equal(first.setting.broker.refused + second.setting.broker.refused, 0, 'each log-in was in order')
      t.same(agent.faults, [])
    })
  }

  t.test(`${kind}: what a hospital took before it died goes to the next one too`, async (t) => {
    const { first, second, agent, sequences } = await makeTwo(t, kind)
    first.setting.hospital.pushesReceipts = false
    first.setting.hospital.answersQuestions = false
    await agent.minutes(5)
    await until('they are taken', () => agent.delivery.status().uplink.awaiting === 5)
    first.be('dead')
    await until('it is done', () => agent.delivery.isDone)
    t.same(sequences(second), [1, 2, 3, 4, 5])
    t.match(agent.delivery.status().receipts, { count: 5, forged: 0 })
  })

  t.test(`${kind}: a hospital that puts everything off is passed over`, async (t) => {
    const { first, second, agent, sequences, speaksTo } = await makeTwo(t, kind)
    first.setting.hospital.judge = () => ({ busyMs: 100 })
    await agent.minutes(3)
    await until('it is done', () => agent.delivery.isDone)
    t.equal(speaksTo(), second.name)
    t.same(sequences(second).toSorted(), [1, 2, 3])
  })
}

t.test(
  'a hospital that acknowledges and never proves is passed over when batches are due again',
  async (t) => {
    const { first, second, agent, sequences, speaksTo } = await makeTwo(t, 'mqtt', { resendAfterMs: 1_000 })
    first.setting.hospital.pushesReceipts = false
    first.setting.hospital.answersQuestions = false
    await agent.minutes(3)
    await until('it is done', () => agent.delivery.isDone)
    t.equal(speaksTo(), second.name)
    t.same(sequences(second).toSorted(), [1, 2, 3])
  },
)

t.test('a hospital that falters again and again has to hold out for longer each time', async (t) => {
  const { first, second, agent, speaksTo } = await makeTwo(t, 'mqtt')
  await until('it is reached', () => agent.delivery.status().uplink.isUp)
  const heldMs: number[] = []
  for (let round = 0; round < 3; round++) {
    first.be('dead')
    await until('it is passed over', () => speaksTo() === second.name)
    first.be('well')
    const began = performance.now()
    await until('it is spoken to again', () => speaksTo() === first.name)
    heldMs.push(performance.now() - began)
  }
  t.comment(heldMs.map(Math.round).join(' '))
  const [once = 0, twice = 0, thrice = 0] = heldMs
  t.ok(once >= FAIL_OVER.returnAfterMs)
  t.ok(twice >= 2 * FAIL_OVER.returnAfterMs)
  t.ok(thrice >= 4 * FAIL_OVER.returnAfterMs)
})

t.test('a hospital that is behind refuses for itself, not for all', async (t) => {
  const { first, second, agent } = await makeTwo(t, 'mqtt')
  first.setting.hospital.judge = () => 'WRONG_LABEL'
  await agent.minutes(2)
  await until('it was refused', () => {
    const { sent, awaiting } = agent.delivery.status().uplink
    return sent === 2 && awaiting === 0
  })
  t.match(agent.delivery.status().spool, { batches: 2, dead: 0 }, 'another may take it')
  first.be('dead')
  second.setting.hospital.judge = () => 'WRONG_LABEL'
  await agent.minutes(1)
  await until('what both refused is put aside', () => agent.delivery.status().spool.dead === 2)
  t.match(agent.delivery.status().spool, { batches: 1 }, 'and what one refused is not')
})

/** A list as the patient signs it. */
function listOf(serial: number, hospitals: readonly Mortal[], patient: Setting['patient']) {
  const named = hospitals.map(({ pinned: { hospital, receiptKey, api }, setting }) => ({
    hospital,
    receiptKey,
    api,
    caHash: setting.tls.caHash,
  }))
  const list = { patient: patient.signer.address, device: DEVICE.address, serial, hospitals: named }
  return signDeviceHospitals(REALM, list, patient.signer)
}

t.test('a hospital that the patient adds later is pinned, sent to, and kept over a restart', async (t) => {
  const { first, second, agent, start, sequences } = await makeTwo(t, 'mqtt', { knows: 'the first' })
  const { patient, hospital } = first.setting
  const names = (of: typeof agent) => of.delivery.status().uplink.hospitals.map(({ name }) => name)
  hospital.hospitals = { ...listOf(4, [first, second], patient), serial: 5 }
  await until('it was offered', () => hospital.questions.length >= 3)
  t.same(names(agent), [first.name], 'not what somebody changed')

  second.be('dead')
  hospital.hospitals = listOf(1, [first, second], patient)
  await until('it has the list', () => hospital.questions.at(-1)?.hospitalSerial === 1)
  t.same(names(agent), [first.name], 'one that was never reached is not sent to')
  second.be('well')
  await until('it is pinned', () => names(agent).length === 2)
  t.same(names(agent), [first.name, second.name])
  first.be('dead')
  await agent.minutes(3)
  await until('it is done', () => agent.delivery.isDone)
  t.same(sequences(second).toSorted(), [1, 2, 3])

  await agent.stop()
  agent.stop = async () => {}
  const again = await start()
  t.teardown(() => again.stop())
  t.same(names(again), [first.name, second.name])
  second.setting.hospital.hospitals = listOf(2, [second], patient)
  await until('the first is no more', () => names(again).length === 1)
  t.same(names(again), [second.name])
  t.same([...agent.faults, ...again.faults], [])
})

t.test('a list of hospitals that was damaged on the disk is fetched again', async (t) => {
  const { first, second, agent, start } = await makeTwo(t, 'coap', { knows: 'the first' })
  const { patient, hospital, folder } = first.setting
  hospital.hospitals = listOf(1, [first, second], patient)
  const isKnown = (of: typeof agent) => of.delivery.status().uplink.hospitals.length === 2
  await until('it is known', () => isKnown(agent))
  await agent.stop()
  agent.stop = async () => {}
  await writeFile(join(folder, 'hospitals.json'), '{')
  const again = await start()
  t.teardown(() => again.stop())
  t.notOk(isKnown(again))
  await until('it is known again', () => isKnown(again))
})
