import { HOUR_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { auditOf, type CheckedEntry } from '../../../src/patient/audit.ts'
import { World } from '../../support/world.ts'

const world = await World.start()
t.teardown(() => world.stop())
const { hospital } = world
const [patient, physician] = [await world.patient(), await world.physician()]
world.hold(await world.device(patient), (world.now - HOUR_MS) as UnixMs, 3)
await world.open(physician, await world.grant(patient, physician))

async function audit(): Promise<readonly CheckedEntry[]> {
  const entries: CheckedEntry[] = []
  for await (const entry of auditOf(patient)) entries.push(entry)
  return entries
}

t.test('a patient sees who asked for how much, and that it is signed', async (t) => {
  const [line, ...rest] = await audit()
  t.equal(rest.length, 0)
  t.match(line, { proof: 'pending', entry: { event: 'opened', batches: 3 } })
  t.equal(line?.entry.physician, physician.identity.signer.address)
})

t.test('an anchored entry is checked against the chain', async (t) => {
  await hospital.proxy.anchorAudit()
  t.same(
    (await audit()).map(({ proof }) => proof),
    ['anchored'],
  )
})

t.test('an entry that is not what the log may hold is called false', async (t) => {
  t.teardown(() => {
    delete hospital.lies.auditAnchor
  })
  const other = `0x${'11'.repeat(64)}`
  const lies: Array<(line: object) => object> = [
    (line) => ({ ...line, signature: other }),
    (line) => ({ ...line, anchor: { ...Reflect.get(line, 'anchor'), count: 2 } }),
    (line) => ({ ...line, anchor: { ...Reflect.get(line, 'anchor'), blockNumber: 1 } }),
    (line) => ({ ...line, anchor: { ...Reflect.get(line, 'anchor'), proof: [other.slice(0, 66)] } }),
    (line) => ({ ...line, anchor: { ...Reflect.get(line, 'anchor'), root: other.slice(0, 66) } }),
  ]
  for (const lie of lies) {
    hospital.lies.auditAnchor = lie
    t.same(
      (await audit()).map(({ proof }) => proof),
      ['false'],
    )
  }
})
