import { copyFile, cp, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeAnswers } from '@hygeia/protocol/device-link/answer'
import { signRefusal } from '@hygeia/protocol/device-link/refusal'
import { type Hex32, toHex } from '@hygeia/protocol/ids'
import type { Month } from '@hygeia/protocol/label'
import { keySigner } from '@hygeia/protocol/signature'
import t from 'tap'
import { deliver } from '../support/delivering.ts'
import { DEVICE } from '../support/line.ts'
import { REALM } from '../support/realm.ts'
import { makeSetting, type Setting } from '../support/setting.ts'
import { until } from '../support/until.ts'

const KINDS = ['mqtt', 'coap'] as const
t.jobs = 2

for (const kind of KINDS) {
  const uplink = { kind, resendAfterMs: 60_000 }

  t.test(`${kind}: receipts that got lost are asked for, nothing is sent twice`, async (t) => {
    const setting = await makeSetting(t, { periodMs: 200 })
    const { hospital } = setting
    // Anchored, but never told unasked; and questions are not answered either at first.
    hospital.push = () => {}
    hospital.answersQuestions = false
    const agent = await deliver(setting, { uplink })
    t.teardown(() => agent.stop())
    await agent.minutes(5)
    await until(
      'all are anchored',
      () => hospital.batches.filter(({ proof }) => proof !== undefined).length === 5,
    )
    t.equal(agent.delivery.isDone, false)
    hospital.answersQuestions = true
    const { broker } = setting
    if (kind === 'mqtt') {
      // The door carries answers again.
      hospital.push = (_device, answers) =>
        broker.broker.publish(
          {
            cmd: 'publish',
            topic: `hygeia/1/${DEVICE.address}/answer`,
            payload: Buffer.from(answers),
            qos: 1,
            dup: false,
            retain: false,
          },
          () => {},
        )
    }
    await until('every receipt is in', () => agent.delivery.isDone)
    t.ok(hospital.batches.every(({ arrivals }) => arrivals === 1))
    t.same(agent.faults, [])
  })

  t.test(`${kind}: a batch refused for ever is put aside, and the others go on`, async (t) => {
    const setting = await makeSetting(t)
    const { hospital } = setting
    hospital.judge = ({ sequence }) => (sequence === 2 ? 'WRONG_LABEL' : undefined)
    const agent = await deliver(setting, { uplink })
    t.teardown(() => agent.stop())
    await agent.minutes(4)
    await until('it is done', () => agent.delivery.isDone)
    t.match(agent.delivery.status(), {
      spool: { dead: 1, deadByReason: { WRONG_LABEL: 1 } },
      receipts: { count: 3 },
    })
  })

  t.test(`${kind}: a hospital without room is heeded`, async (t) => {
    const setting = await makeSetting(t)
    const { hospital } = setting
    let refusals = 0
    hospital.judge = () => (refusals++ < 6 ? { busyMs: 50 } : undefined)
    const agent = await deliver(setting, { uplink })
    t.teardown(() => agent.stop())
    await agent.minutes(3)
    await until('it is done', () => agent.delivery.isDone)
    t.ok(refusals >= 9)
    t.match(agent.delivery.status(), { receipts: { count: 3, forged: 0 }, spool: { dead: 0 } })
  })

  t.test(`${kind}: newer label keys are taken, older and foreign ones are not`, async (t) => {
    const setting = await makeSetting(t)
    const { hospital, patient } = setting
    const agent = await deliver(setting, { uplink: { ...uplink, statusEveryMs: 1_000 } })
    t.teardown(() => agent.stop())
    await agent.minutes(1)
    const labels = () => hospital.batches.map(({ batch }) => batch.label)
    await until('the first is there', () => labels().length === 1)
    const genuine = patient.labelKeys(REALM, DEVICE.address, { serial: 5, generation: 1 })
    hospital.labelKeys = { ...genuine, serial: 6 }
    await until('offered', () => hospital.questions.length >= 3)
    t.equal(agent.delivery.status().labelKeys.serial, 1, 'not what somebody changed')
    hospital.labelKeys = genuine
    await until('taken', () => agent.delivery.status().labelKeys.serial === 5)
    await agent.minutes(1)
    await until('the next is there', () => labels().length === 2)
    t.same(labels(), ['vitals/2025-06/0', 'vitals/2025-06/1'])
    await agent.stop()
    const again = await deliver(setting, { uplink })
    t.equal(again.delivery.status().labelKeys.serial, 5, 'and kept')
    await again.stop()
    agent.stop = async () => {}
  })

  t.test(`${kind}: a spool put back from a copy is noticed by what the hospital proves`, async (t) => {
    const setting = await makeSetting(t)
    const { hospital, folder } = setting
    let agent = await deliver(setting, { uplink })
    await agent.minutes(2)
    await until('it is done', () => agent.delivery.isDone)
    await agent.stop()
    // The whole folder, with its mark and in the same files: nothing here tells that it is old.
    const backup = await mkdtemp(join(tmpdir(), 'hygeia-backup-'))
    await cp(folder, backup, { recursive: true })
    agent = await deliver(setting, { uplink })
    const { incarnation } = agent.delivery.status().spool
    await agent.minutes(30)
    await until('more is there', () => agent.delivery.isDone)
    await agent.stop()
    for (const name of ['agent.db', 'agent.db.mark']) await copyFile(join(backup, name), join(folder, name))
    agent = await deliver(setting, { uplink })
    t.teardown(() => agent.stop())
    t.equal(agent.delivery.status().spool.incarnation, incarnation, 'it looks as it should')
    await until('it is noticed', () => agent.delivery.status().spool.isNewLife)
    t.not(agent.delivery.status().spool.incarnation, incarnation)
    await agent.minutes(2)
    await until('it goes on', () => agent.delivery.isDone)
    const names = hospital.batches.map(({ batch }) => `${batch.incarnation} ${batch.sequence}`)
    t.equal(new Set(names).size, names.length, 'no sequence is used twice')
    t.same(agent.faults, [])
  })

  t.test(`${kind}: questions tell how the device is`, async (t) => {
    const setting = await makeSetting(t)
    const { hospital } = setting
    const agent = await deliver(setting, { uplink: { ...uplink, statusEveryMs: 1_000 } })
    t.teardown(() => agent.stop())
    await agent.minutes(3)
    await until('it is done', () => agent.delivery.isDone)
    agent.delivery.sensorsAre({ configured: 2, away: 1 })
    await until('it said so', () => {
      const { spoolBytes, standing } = hospital.questions.at(-1) ?? {}
      return spoolBytes === 0 && standing?.sensorsAway === 1
    })
    const last = hospital.batches.find(({ batch }) => batch.sequence === 3)
    t.match(hospital.questions.at(-1), {
      device: DEVICE.address,
      labelSerial: 1,
      headSequence: 3,
      head: last && toHex(last.digest),
      standing: {
        version: /^\d+\.\d+\.\d+/,
        configuration: /^0x[0-9a-f]{64}$/,
        spoolHours: 8_760,
        sensors: 2,
        labelKeyDays: Number,
      },
    })
    t.equal(hospital.badSignatures, 0)
  })
}

t.test('forged receipts and refusals free nothing', async (t) => {
  const setting: Setting = await makeSetting(t, { periodMs: 100_000 })
  const { hospital } = setting
  const agent = await deliver(setting)
  t.teardown(() => agent.stop())
  await agent.minutes(2)
  await until('they are there', () => hospital.batches.length === 2)
  const forger = keySigner(new Uint8Array(32).fill(5))
  for (const { digest } of hospital.batches) {
    const refusal = {
      hospital: hospital.operator,
      digest: toHex(digest) as string as Hex32,
      reason: 'FORKED',
    } as const
    const forged = signRefusal(REALM, refusal, forger)
    hospital.push(DEVICE.address, encodeAnswers([{ kind: 'refused', refusal: forged }]))
  }
  Object.assign(hospital, { receiptSigner: forger })
  hospital.anchor()
  await until('they were looked at', () => agent.delivery.status().receipts.forged >= 3)
  t.match(agent.delivery.status(), {
    spool: { batches: 2, dead: 0, isNewLife: true },
    receipts: { count: 0 },
  })
  t.equal(agent.delivery.status().spool.headSequence, 2, 'nor does a forged fork end the incarnation')
})

t.test('a hospital that says FORKED ends the incarnation, once', async (t) => {
  const setting = await makeSetting(t)
  const { hospital } = setting
  const agent = await deliver(setting)
  t.teardown(() => agent.stop())
  await agent.minutes(1)
  await until('it is done', () => agent.delivery.isDone)
  const { incarnation } = agent.delivery.status().spool
  hospital.judge = (batch) => (batch.incarnation === incarnation ? 'FORKED' : undefined)
  await agent.minutes(3)
  await until('new life', () => agent.delivery.status().spool.incarnation !== incarnation)
  await agent.minutes(2)
  await until('it goes on', () => agent.delivery.isDone)
  const incarnations = new Set(hospital.batches.map(({ batch }) => batch.incarnation))
  t.equal(incarnations.size, 2)
})

t.test('keys that have run out are told of', async (t) => {
  const setting = await makeSetting(t)
  const agent = await deliver(setting, {}, { labelKeys: { first: '2024-01' as Month, count: 2 } })
  t.teardown(() => agent.stop())
  await agent.minutes(1)
  await until('it is done', () => agent.delivery.isDone)
  t.match(agent.delivery.status().labelKeys, { daysLeft: 0, exhausted: ['vitals'] })
})
