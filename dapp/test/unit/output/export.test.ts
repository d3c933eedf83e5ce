import type { Resource } from '@hygeia/protocol/fhir/resources'
import { cidOf } from '@hygeia/protocol/sealed/cid'
import { encodeSealed } from '@hygeia/protocol/sealed/codec'
import { HOUR_MS, MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { schemaFaults } from '../../../../protocol/test/support/r4-schema.ts'
import { Receipts } from '../../../src/fhir/receipts.ts'
import { type Exported, type ExportFormat, exportText } from '../../../src/output/export.ts'
import { auditOf } from '../../../src/patient/audit.ts'
import { listGrants } from '../../../src/patient/grants.ts'
import { openOwn } from '../../../src/patient/own.ts'
import type { Opened, OpenedBatch } from '../../../src/physician/opening.ts'
import { openSpan } from '../../../src/physician/span.ts'
import { World } from '../../support/world.ts'

const world = await World.start()
t.teardown(() => world.stop())
const { hospital } = world
const from = (world.now - 3 * HOUR_MS) as UnixMs
const patient = await world.patient()
const physician = await world.physician()
const device = await world.device(patient)
const names = world.hold(device, from, 6)
const granted = await world.grant(patient, physician)
await hospital.shelf.anchor()
await world.open(physician, granted)
await hospital.proxy.anchorAudit()
const everything = { from: 0 as UnixMs, to: (world.now + HOUR_MS) as UnixMs }
const account = patient.identity.signer.address

t.afterEach(() => {
  for (const lie of Object.keys(hospital.lies)) Reflect.deleteProperty(hospital.lies, lie)
})

async function* readable(opened: AsyncIterable<Opened>): AsyncGenerator<OpenedBatch> {
  for await (const item of opened) if (item.fault === undefined) yield item
}

async function own(more: Partial<Exported> = {}): Promise<Exported> {
  return {
    patients: [{ account }],
    readings: readable(openOwn(patient, everything)),
    grants: await listGrants(patient),
    audit: auditOf(patient),
    receipts: new Receipts(patient.hospital),
    at: world.now,
    ...more,
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

async function textOf(format: ExportFormat, exported: Exported): Promise<string> {
  return (await all(exportText(format, exported))).join('')
}

type Loose = Resource & Record<string, unknown>
function resourcesIn(text: string, type: string): readonly Loose[] {
  const { entry } = JSON.parse(text) as { entry: { resource: Loose }[] }
  return entry.map(({ resource }) => resource).filter(({ resourceType }) => resourceType === type)
}

t.test('a patient exports everything that there is, by the schema of R4 and twice the same', async (t) => {
  const text = await textOf('fhir', await own())
  t.same(schemaFaults(JSON.parse(text)), [])
  const counts = ['Patient', 'Device', 'Consent', 'Observation', 'Provenance', 'AuditEvent'].map(
    (type) => resourcesIn(text, type).length,
  )
  t.same(counts, [1, 1, 1, 6 * 240, 6, 1])
  t.equal(await textOf('fhir', await own()), text)
  const bare = await textOf('fhir', await own({ receipts: undefined }))
  t.equal(resourcesIn(bare, 'Provenance').length, 0, 'without proof, when told')
})

t.test('whatever is pointed to is in the Bundle, and nothing names anybody', async (t) => {
  const text = await textOf('fhir', await own())
  const { entry } = JSON.parse(text) as { entry: { fullUrl: string }[] }
  const there = new Set(entry.map(({ fullUrl }) => fullUrl))
  t.equal(there.size, entry.length)
  const pointed = new Set(Array.from(text.matchAll(/"reference":"([^"]+)"/g), ([, url]) => url))
  t.ok(pointed.size > 6 * 240)
  t.same(
    [...pointed].filter((url) => url === undefined || !there.has(url)),
    [],
  )
  t.notOk(text.includes('"name"'))
  const named = await textOf('fhir', await own({ patients: [{ account, name: 'As called' }] }))
  t.match(resourcesIn(named, 'Patient'), [{ name: [{ text: 'As called' }] }])
})

t.test('a Provenance has the device’s own signature, the batch and the block that anchors it', async (t) => {
  const [first] = resourcesIn(await textOf('fhir', await own()), 'Provenance')
  const kept = hospital.shelf.kept.get(names[0] ?? '')
  const anchor = kept?.receipt?.anchor
  t.match(first, {
    target: { length: 240 },
    agent: [{ who: { type: 'Device' } }, { who: { identifier: { value: hospital.keys.operator } } }],
    entity: [
      { what: { identifier: { value: `ipfs://${names[0]}` } } },
      { what: { identifier: { value: anchor?.root } } },
      { what: { identifier: { value: anchor?.blockHash }, display: `Block ${anchor?.blockNumber}` } },
      { what: { identifier: { value: anchor?.transaction } } },
    ],
    signature: [
      { data: Buffer.from(kept?.sealed.signature ?? []).toString('base64') },
      { data: Buffer.from(anchor?.signature ?? []).toString('base64') },
    ],
  })
})

t.test('a batch that is not anchored yet, or whose receipt is for another, has no block', async (t) => {
  const [one = '', other = ''] = names
  const [kept, another] = [hospital.shelf.kept.get(one), hospital.shelf.kept.get(other)]
  if (kept === undefined || another === undefined) return t.fail('both are held')
  const { receipt } = kept
  for (const [held, what] of [
    [undefined, 'none yet'],
    [another.receipt, 'of another batch'],
    [receipt && { ...receipt, anchor: { ...receipt.anchor, blockNumber: 1 } }, 'of another block'],
  ] as const) {
    kept.receipt = held
    const provenances = resourcesIn(await textOf('fhir', await own()), 'Provenance')
    t.match(provenances[0], { entity: { length: 1 }, signature: { length: 1 } }, what)
    t.match(provenances[1], { entity: { length: 4 } })
  }
  kept.receipt = receipt
})

t.test('a Consent says who may read what, taken when, until when', async (t) => {
  const [consent] = resourcesIn(await textOf('fhir', await own()), 'Consent')
  const { dataFrom, accessTo, physician: reader } = granted.grant
  t.match(consent, {
    id: granted.hash.slice(2),
    status: 'active',
    provision: {
      type: 'permit',
      period: { end: new Date(accessTo).toISOString() },
      dataPeriod: { start: new Date(dataFrom).toISOString() },
      actor: [{ reference: { type: 'Practitioner', identifier: { value: reader } } }],
      code: [{ text: 'vitals' }],
    },
  })
})

t.test('an AuditEvent says who asked, for how many batches, and what proves it', async (t) => {
  const [event] = resourcesIn(await textOf('fhir', await own()), 'AuditEvent')
  t.match(event, {
    action: 'R',
    outcome: '0',
    agent: [{ requestor: true, who: { identifier: { value: granted.grant.physician } } }],
    source: { observer: { identifier: { value: hospital.keys.operator } } },
  })
  const details = JSON.stringify(event)
  for (const said of ['"valueString":"6"', '"valueString":"anchored"', granted.hash])
    t.ok(details.includes(said))
})

t.test(
  'a physician exports a span: readings on its edge, and the same ids as in any other export',
  async (t) => {
    const span = { from: (from + MINUTE_MS / 2) as UnixMs, to: (from + 2 * MINUTE_MS) as UnixMs }
    const exported: Exported = {
      patients: [{ account }],
      readings: openSpan(physician, [granted], span),
      grants: [{ ...granted, state: 'active' }],
      receipts: new Receipts(physician.hospital),
      at: world.now,
    }
    const text = await textOf('fhir', exported)
    t.same(schemaFaults(JSON.parse(text)), [])
    const part = resourcesIn(text, 'Observation')
    t.equal(part.length, 4 * 90)
    const whole = new Map(
      resourcesIn(await textOf('fhir', await own()), 'Observation').map((one) => [one.id, one]),
    )
    for (const one of part) t.same(one, whole.get(one.id))
  },
)

t.test('CSV has a line for each reading of the patient’s', async (t) => {
  const text = await textOf('csv', await own())
  t.equal(text.trim().split('\n').length, 1 + 6 * 240)
  const mine = openSpan(physician, [granted], everything)
  t.equal(await textOf('csv', await own({ readings: mine })), text, 'the physician’s are the same')
})

t.test('what a patient cannot open is named, and the rest opens', async (t) => {
  const [first = '', second = ''] = names
  const other = hospital.shelf.kept.get(second)?.block
  hospital.lies.block = (cid, block) => (cid === first ? other : block)
  const opened = await all(openOwn(patient, everything))
  t.same(
    opened.flatMap(({ fault }) => fault ?? []),
    [{ code: 'WRONG_BLOCK' }],
  )
  t.equal(opened.length, 6)
  const kept = hospital.shelf.kept.get(names.at(-1) ?? '')
  if (kept === undefined) return t.fail('it is held')
  const forged = encodeSealed({ ...kept.sealed, sequence: 1_000 })
  const name = hospital.shelf.store(forged, cidOf(forged))
  const seen = await all(openOwn(patient, everything))
  t.match(
    seen.find(({ cid }) => cid === name),
    { fault: { code: 'BAD_SIGNATURE' } },
  )
  hospital.shelf.kept.delete(name)
  const stranger = await world.patient()
  const foreign = await all(openOwn(stranger, everything))
  t.same([...new Set(foreign.map(({ fault }) => fault?.code))], ['WRONG_BLOCK', 'FOREIGN_DEVICE'])
})
