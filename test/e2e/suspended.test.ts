import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { once, signStatement } from '@hygeia/dapp/hospital/statement'
import type { Patient } from '@hygeia/dapp/patient/patient'
import { openGrant } from '@hygeia/dapp/physician/open'
import { type Address, type Incarnation, toHex } from '@hygeia/protocol/ids'
import { SUSPEND_DEVICE } from '@hygeia/protocol/typed-data/chain'
import { MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { pinnedFetch } from '../../dapp/bin/host/pinned-fetch.ts'
import { DeviceProcess } from '../support/device.ts'
import { noisyBedside } from '../support/noisy-bedside.ts'
import { type RawBatch, RawDevice } from '../support/raw-device.ts'
import { grantSpan, openScene } from '../support/scene.ts'
import { until } from '../support/until.ts'

t.setTimeout(360_000)
const scene = await openScene(t)

interface LastValid {
  readonly device: Address
  readonly incarnation: Incarnation
  readonly lastSequence: number
}

/** As the patient: finish a device, and fix its last valid batch. Resolves when that is final. */
async function suspend({ identity, hospital }: Patient, last: LastValid): Promise<void> {
  const message = { ...last, patient: identity.signer.address, ...once(hospital) }
  const signature = signStatement(identity, hospital, SUSPEND_DEVICE, message)
  await hospital.client.relay({ kind: 'suspend-device', message, signature })
}

t.test('a suspended device is refused by name, but for what it sealed before', async (t) => {
  const { hospital, patient, known } = scene
  for (const kind of ['mqtt', 'coap'] as const) {
    const device = await RawDevice.bind(patient, hospital, kind)
    device.connect()
    t.teardown(() => device.finish())
    const batches = Array.from({ length: 7 }, () => device.seal())
    const at = (places: readonly number[]) => places.map((place) => batches[place - 1] as RawBatch)
    const send = (places: readonly number[]) => Promise.all(at(places).map((batch) => device.deliver(batch)))
    const receipts = (places: readonly number[]) =>
      Promise.all(at(places).map(({ cid }) => known.client.receipt(cid)))
    const haveReceipts = (places: readonly number[]) =>
      until(`${places} have their receipts`, async () => !(await receipts(places)).includes(undefined))
    await until('the hospital is reached', async () => (await send([1]))[0])
    t.same(await send([2, 4]), [true, true])
    await haveReceipts([1, 2, 4])
    const { address } = device.signer
    const { incarnation } = device
    await suspend(patient, { device: address, incarnation, lastSequence: 5 })
    t.same(await send([6, 7, 3, 5, 4]), [true, true, true, true, true], `${kind}: everything is answered`)
    await haveReceipts([3, 5, 4])
    t.same(
      batches.map((batch) => device.saidOf(batch)),
      [...Array(5).fill(undefined), 'SUSPENDED_DEVICE', 'SUSPENDED_DEVICE'],
      `${kind}: refused by name from then on, but for what is before its last valid batch`,
    )
    t.same(await receipts([6, 7]), [undefined, undefined])
  }

  const late = await RawDevice.bind(patient, hospital, 'mqtt')
  const other = toHex(randomBytes(8)) as string as Incarnation
  await suspend(patient, { device: late.signer.address, incarnation: other, lastSequence: 5 })
  late.connect()
  t.teardown(() => late.finish())
  await until('it is turned away', async () => late.lastFault !== undefined)
  t.equal(await late.deliver(late.seal()), false, 'a suspended device does not get in any more')
  const fetch = pinnedFetch(await hospital.ca())
  const metrics = await (await fetch(`${hospital.endpoints.api}/metrics`, { method: 'GET' })).text()
  t.match(
    metrics,
    /hygeia_refusals_total\{door="mqtt",reason="LOGIN_SUSPENDED_DEVICE"\} [1-9]/,
    'and why is counted',
  )
  t.match(metrics, /hygeia_refusals_total\{door="coap",reason="SUSPENDED_DEVICE"\} 2/)
})

t.test('an agent whose device is suspended says so, and the physician sees nothing from after', async (t) => {
  const { patient, physician } = scene
  const start = (Date.now() - 60 * MINUTE_MS) as UnixMs
  const dir = join(scene.dir, 'device')
  const device = await DeviceProcess.init(dir, noisyBedside({ dir, kind: 'mqtt', start, speed: 20 }))
  await device.pair(patient)
  device.start()
  t.teardown(() => device.process.kill())
  const spool = await until('ten batches have their receipts', async () => {
    const { receipts, spool } = (await device.status())?.delivery ?? {}
    return (receipts?.count ?? 0) >= 10 ? spool : undefined
  })
  const last = {
    device: device.address,
    incarnation: spool.incarnation as Incarnation,
    lastSequence: spool.headSequence - 3,
  }
  await suspend(patient, last)
  const status = await until('the agent was refused', async () => {
    const said = await device.status()
    return (said?.delivery?.spool.dead ?? 0) > 0 ? said : undefined
  })
  t.match(Object.keys(status.delivery?.spool.deadByReason ?? {}), ['SUSPENDED_DEVICE'])
  t.match(status.problems, [{ code: 'BATCHES_REFUSED', text: /SUSPENDED_DEVICE/ }])

  const span = { from: start, to: (Date.now() + MINUTE_MS) as UnixMs }
  const opened: number[] = []
  const faults: string[] = []
  for await (const one of openGrant(physician, await grantSpan(scene, span), span)) {
    // The other devices of the same patient had their own part.
    const from = one.fault === undefined ? one.header.device : one.device
    if (from !== device.address) continue
    if (one.fault === undefined) opened.push(one.header.sequence)
    else faults.push(one.fault.code)
  }
  const valid = Array.from({ length: last.lastSequence }, (_, index) => index + 1)
  t.same(
    opened.sort((a, b) => a - b),
    valid,
    'all up to the last valid batch opens',
  )
  t.ok(
    faults.length >= 3 && faults.every((code) => code === 'AFTER_SUSPENSION'),
    'and nothing of what it sent after',
  )
})
