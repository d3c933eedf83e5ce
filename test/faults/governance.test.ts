import { registerPatient } from '@hygeia/dapp/patient/patient'
import { openGrant } from '@hygeia/dapp/physician/open'
import { registerPhysician } from '@hygeia/dapp/physician/physician'
import { MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import t, { type Test } from 'tap'
import type { HospitalProcess } from '../support/hospital.ts'
import { startHospitals } from '../support/hospitals-on-one-chain.ts'
import { newPatient, newPhysician, visit } from '../support/people.ts'
import { RawDevice } from '../support/raw-device.ts'
import { haveReceipts, statusOf } from '../support/replication.ts'
import { grantSpan, testFolder } from '../support/scene.ts'
import { until } from '../support/until.ts'

t.setTimeout(300_000)

t.test(
  'what a majority decides counts from its block on, and a minority decides nothing',
  async (t: Test) => {
    const { all } = await startHospitals(t, { dir: await testFolder(t), count: 3 })
    const [first, second, third] = all as [HospitalProcess, HospitalProcess, HospitalProcess]
    const known = await visit(third)
    const [patient, physician] = [newPatient(known), newPhysician(known)]
    await registerPatient(patient)
    await registerPhysician(physician)
    const { address } = physician.identity.signer
    t.match(await first.command('admit', address), /1 of the 2 that are needed/)
    t.match(await second.command('admit', address), /is admitted/)

    // All of it at the third hospital, which is also the proxy.
    const start = Date.now() as UnixMs
    const device = await RawDevice.bind(patient, third, 'mqtt')
    device.start(50)
    await until('batches are taken', async () => device.acknowledged.length > 20)
    const span = { from: (start - MINUTE_MS) as UnixMs, to: (start + 60 * MINUTE_MS) as UnixMs }
    await haveReceipts(third, device.acknowledged.slice(0, 20))
    const granted = await grantSpan({ patient, physician }, span)
    const opened = async () => {
      const codes = new Set<string>()
      for await (const one of openGrant(physician, granted, span)) codes.add(one.fault?.code ?? 'opened')
      return [...codes]
    }
    t.same(await opened(), ['opened'])

    const operator = known.hospital
    t.match(await first.command('hospitals', 'suspend', operator), /1 of the 2 that are needed/)
    t.equal((await statusOf(third)).consortium.standing, 'active', 'one vote is no majority')
    t.match(await second.command('hospitals', 'suspend', operator), /is suspended/)
    await t.rejects(opened(), /suspended|HOSPITAL_NOT_ACTIVE/, 'its proxy answers nobody any more')
    await until('it knows', async () => (await statusOf(third)).consortium.standing === 'suspended')
    const anchored = (await statusOf(third)).batches.anchored
    const unanswered = device.seal()
    await device.deliver(unanswered)
    await until('devices are sent on to other hospitals', async () => device.saidOf(unanswered) === 'busy')
    await t.rejects(third.command('hospitals', 'suspend', (await visit(first)).hospital), /refused/)
    t.equal((await statusOf(third)).batches.anchored, anchored, 'and nothing more is anchored')
    t.match(await first.command('hospitals', 'list'), new RegExp(`${operator}  suspended`))

    // Back again, by the votes of the others.
    const card = `${third.dir}/card.json`
    t.match(await first.command('hospitals', 'admit', card), /1 of the 2/)
    t.match(await second.command('hospitals', 'admit', card), /is admitted/)
    await until('it is back', async () => (await statusOf(third)).consortium.standing === 'active')
    await until('what it did not take is taken now', async () => {
      await device.deliver(unanswered)
      return device.saidOf(unanswered) === undefined
    })
    await device.finish()
    await haveReceipts(third, [...device.acknowledged, unanswered])
    t.same(await opened(), ['opened'])

    // And the physician, by a majority likewise.
    await first.command('suspend', address)
    t.same(await opened(), ['opened'], 'one vote is no majority')
    await third.command('suspend', address)
    await t.rejects(opened(), /PHYSICIAN_NOT_ACTIVE|admitted/, 'from that block on')
  },
)
