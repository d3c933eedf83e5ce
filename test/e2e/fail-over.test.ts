import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { giveHospitals } from '@hygeia/dapp/patient/hospitals'
import { type Patient, patientAt } from '@hygeia/dapp/patient/patient'
import { PatientState } from '@hygeia/dapp/patient/state'
import { monthOf } from '@hygeia/protocol/label'
import { HOUR_MS, MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { DeviceProcess } from '../support/device.ts'
import { HospitalProcess } from '../support/hospital.ts'
import { noisyBedside } from '../support/noisy-bedside.ts'
import { visit } from '../support/people.ts'
import { steadyPorts } from '../support/ports.ts'
import { openScene } from '../support/scene.ts'
import { until } from '../support/until.ts'

/** Simulated seconds a second. */
const SPEED = 30
const FAIL_OVER = { afterMs: 2_000, returnAfterMs: 2_000 }
/** Most batches that a hospital has taken and not yet proven when it is killed: two blocks of a second, and some. */
const UNPROVEN = 40

t.setTimeout(300_000)

for (const kind of ['mqtt', 'coap'] as const) {
  t.test(`of two hospitals the first is killed and frozen, and over ${kind} no batch is lost`, async (t) => {
    const scene = await openScene(t)
    const first = scene.hospital
    const start = (Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 24 * HOUR_MS) as UnixMs
    const dir = join(scene.dir, 'device')
    const bedside = noisyBedside({ dir, kind, start, speed: SPEED, windowMs: 5_000 })
    const device = await DeviceProcess.init(dir, {
      ...bedside,
      // Only a hospital that was left explains why a batch comes to two.
      uplink: { ...bedside.uplink, failOver: FAIL_OVER, resendAfterMs: 600_000, statusEveryMs: 1_000 },
    })
    await device.pair(scene.patient, monthOf(start))
    await first.stop()
    const second = await HospitalProcess.twin(first, join(scene.dir, 'second'), await steadyPorts())
    await Promise.all([first.start(), second.start()])
    t.teardown(() => second.kill())
    await addHospital(device, second)
    device.start()
    t.teardown(() => device.process.kill())

    const speaksTo = async ({ endpoints }: HospitalProcess) => {
      const status = await device.status()
      return (
        status?.delivery?.uplink.isUp === true &&
        status.delivery.uplink.hospital === new URL(endpoints.api).host
      )
    }
    const receipts = async () => (await device.status())?.delivery?.receipts.count ?? 0
    const moreReceipts = async () => {
      const before = await receipts()
      await until('more receipts come', async () => (await receipts()) > before + 10)
    }
    const passOver = async (what: string) => {
      const began = performance.now()
      await until(`${what}: the second is sent to`, () => speaksTo(second))
      t.comment(`${what}: the second is sent to after ${Math.round(performance.now() - began)} ms`)
      await moreReceipts()
    }

    await until('the first is sent to', () => speaksTo(first))
    await moreReceipts()
    await first.kill()
    await passOver('killed')
    t.match((await device.status())?.problems, [{ code: 'PREFERRED_AWAY' }])
    await first.start()
    await until('the first is sent to again', () => speaksTo(first))
    await moreReceipts()
    first.process.freeze()
    await passOver('frozen')
    first.process.thaw()
    await until('the first is sent to again', () => speaksTo(first))
    await moreReceipts()
    await second.kill()
    await delay(2 * FAIL_OVER.afterMs)
    t.ok(await speaksTo(first), 'that the second dies is nothing to it')
    await second.start()

    // The twin has the first one's name and keys: a list of it alone takes the place of both.
    const known = await visit(second)
    await giveHospitals(scene.patient, device.address, [known])
    await until('what the patient signed has reached the device', async () => {
      const hospitals = (await device.status())?.delivery?.uplink.hospitals
      return hospitals?.length === 1 && (await speaksTo(second))
    })
    await moreReceipts()
    await device.process.stop()
    const { delivery } = (await device.status()) ?? {}
    const waiting = delivery?.spool.batches ?? Number.NaN
    const head = delivery?.spool.headSequence ?? Number.NaN
    t.match(delivery, { receipts: { forged: 0 }, spool: { dead: 0, isNewLife: true } })
    const [atFirst, atSecond] = [
      await sequencesAt(scene.patient),
      await sequencesAt(patientAt(scene.patient.identity, known, new PatientState())),
    ]
    const both = atFirst.filter((sequence) => atSecond.includes(sequence))
    t.comment(
      `${head} batches sealed, ${atFirst.length} at the first, ${atSecond.length} at the second, ${both.length} at both; ${waiting} wait`,
    )
    t.equal(new Set(atFirst).size, atFirst.length, 'none came to the first twice')
    t.equal(new Set(atSecond).size, atSecond.length, 'nor to the second')
    const arrived = new Set([...atFirst, ...atSecond])
    const missing = Array.from({ length: head }, (_, index) => index + 1).filter(
      (sequence) => !arrived.has(sequence),
    )
    t.ok(missing.length <= waiting, `${missing.length} are at neither, ${waiting} wait in the spool`)
    t.ok(atFirst.length > 40 && atSecond.length > 20)
    t.ok(both.length <= 3 * UNPROVEN, 'at both is only what had no receipt when its hospital went away')
  })
}

/** As a list that the patient signed would have it, once the hospital is pinned. */
async function addHospital({ stateDir }: DeviceProcess, { endpoints }: HospitalProcess): Promise<void> {
  const file = join(stateDir, 'pairing.json')
  const record = JSON.parse(await readFile(file, 'utf8'))
  const { api, mqtt, coap } = endpoints
  const [paired] = record.hospitals
  await writeFile(file, JSON.stringify({ ...record, hospitals: [paired, { ...paired, api, mqtt, coap }] }))
}

async function sequencesAt({ account }: Patient): Promise<readonly number[]> {
  const sequences: number[] = []
  let cursor: string | undefined
  do {
    const page = await account.batches({ from: 0 as UnixMs, to: (Date.now() + HOUR_MS) as UnixMs, cursor })
    for (const { sequence } of page.batches) sequences.push(sequence)
    cursor = page.next
  } while (cursor !== undefined)
  return sequences
}
