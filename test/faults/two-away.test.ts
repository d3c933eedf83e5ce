import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { giveHospitals } from '@hygeia/dapp/patient/hospitals'
import { monthOf } from '@hygeia/protocol/label'
import { MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import t, { type Test } from 'tap'
import { DeviceProcess } from '../support/device.ts'
import { noisyBedside } from '../support/noisy-bedside.ts'
import { testFolder } from '../support/scene.ts'
import { until } from '../support/until.ts'
import { FAULT_MS, fault } from './support/fault.ts'
import { nothingMissingOrDoubled } from './support/one-away.ts'
import { listedAt, openWard, readBatches } from './support/ward.ts'

const FAIL_OVER = { afterMs: 2_000, returnAfterMs: 2_000 }
/** Simulated seconds a second. */
const SPEED = 10
const LIMIT_MS = 150_000

t.setTimeout(900_000)

t.test('two of three hospitals are away', async (t: Test) => {
  const ward = await openWard(t)
  const { hospitals, known, devices, patient } = ward
  const dir = join(await testFolder(t), 'device')
  await mkdir(dir, { recursive: true })
  const start = (Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS) as UnixMs
  const bedside = noisyBedside({ dir, kind: 'mqtt', start, speed: SPEED, windowMs: 5_000 })
  const agent = await DeviceProcess.init(dir, {
    ...bedside,
    uplink: { ...bedside.uplink, failOver: FAIL_OVER, statusEveryMs: 1_000 },
  })
  await agent.pair(patient, monthOf(start))
  // The one that stays comes last, so that the agent has to look for it.
  await giveHospitals(patient, agent.address, [known[1], known[2], known[0]])
  agent.start()
  t.teardown(() => agent.process.kill())
  const delivery = async () => (await agent.status())?.delivery
  const receipts = async () => (await delivery())?.receipts.count ?? 0
  await until('the agent has receipts', async () => (await receipts()) > 5, LIMIT_MS)
  const before = await until('batches can be read', async () => {
    const some = devices.flatMap(({ acknowledged }) => acknowledged.slice(0, 2))
    return (await readBatches(ward, some, known)).differing.length === 0 && some
  })

  await fault(
    t,
    { done: 'second killed and third frozen', asked: 'reading is refused with the reason; devices spool' },
    async (t) => {
      await hospitals[1].kill()
      hospitals[2].process.freeze()
      await t.rejects(readBatches(ward, before, known), {
        code: 'TOO_FEW_PROXIES',
        message: /1 of the grant's 3 hospitals answered, 2 are needed|0 of the grant's 3 hospitals answered/,
      })
      const then = await receipts()
      const head = (await delivery())?.spool.headSequence ?? 0
      const waiting = await until(
        'batches wait in the spool',
        async () => {
          const { spool } = (await delivery()) ?? {}
          const isLong = (spool?.headSequence ?? 0) > head + (FAULT_MS / 1_000) * 2
          return isLong && spool?.batches
        },
        LIMIT_MS + FAULT_MS,
      )
      t.ok(waiting > FAULT_MS / 1_000, `${waiting} batches wait`)
      return `refused, both named; ${waiting} batches wait in the agent's spool, ${(await receipts()) - then} receipts came meanwhile`
    },
  )

  await fault(t, { done: 'both are back', asked: 'what was spooled is delivered, and read' }, async (t) => {
    const head = (await delivery())?.spool.headSequence ?? 0
    const back = performance.now()
    hospitals[2].process.thaw()
    await hospitals[1].start()
    const proven = async () => {
      const { spool } = (await delivery()) ?? {}
      return spool !== undefined && spool.headSequence - spool.batches >= head
    }
    await until('what waited has receipts', proven, LIMIT_MS)
    const seconds = ((performance.now() - back) / 1_000).toFixed(1)
    t.same((await readBatches(ward, before, known)).differing, [], 'it is read again')
    await agent.process.stop()
    const { spool, receipts: told } = (await delivery()) ?? {}
    t.match({ spool, told }, { spool: { dead: 0 }, told: { forged: 0 } })
    const sealed = spool?.headSequence ?? Number.NaN
    const rest = spool?.batches ?? Number.NaN
    const everywhere = new Set<string>()
    for (const hospital of known) {
      const own = (await listedAt(ward, hospital)).filter((name) => name.startsWith(agent.address))
      t.equal(new Set(own).size, own.length, 'none is listed twice')
      for (const name of own) everywhere.add(name)
    }
    t.ok(everywhere.size >= sealed - rest, `${sealed} sealed, ${rest} wait, ${everywhere.size} are listed`)
    return `${sealed - rest} of ${sealed} batches have receipts (${rest} on their way at the end), the spooled ones ${seconds} s after`
  })
  await nothingMissingOrDoubled(t, ward)
})
