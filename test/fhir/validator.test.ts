import { AUDIT_EVENTS, type AuditEntry } from '@hygeia/protocol/audit/entry'
import type { ChannelName } from '@hygeia/protocol/channel'
import { onServer } from '@hygeia/protocol/fhir/pseudonym'
import type { Hex32 } from '@hygeia/protocol/ids'
import { scoreOf, scoreToCode } from '@hygeia/protocol/news2/score'
import type { Sample } from '@hygeia/protocol/sample'
import { HOUR_MS, type MonotonicMs, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { auditEventOf } from '../../dapp/src/fhir/audit-event.ts'
import { consentOf } from '../../dapp/src/fhir/consent.ts'
import { Receipts } from '../../dapp/src/fhir/receipts.ts'
import { capabilityStatement } from '../../dapp/src/fhir/served/capability.ts'
import { Facade } from '../../dapp/src/fhir/served/facade.ts'
import { FhirRefusal } from '../../dapp/src/fhir/served/outcome.ts'
import { TYPES } from '../../dapp/src/fhir/served/query.ts'
import { Store } from '../../dapp/src/fhir/served/store.ts'
import { GRANT_STATES } from '../../dapp/src/hospital/answers.ts'
import { exportText } from '../../dapp/src/output/export.ts'
import { auditOf } from '../../dapp/src/patient/audit.ts'
import { listGrants } from '../../dapp/src/patient/grants.ts'
import { openOwn } from '../../dapp/src/patient/own.ts'
import type { OpenedBatch } from '../../dapp/src/physician/opening.ts'
import type { TestDevice } from '../../dapp/test/support/device.ts'
import { World } from '../../dapp/test/support/world.ts'
import { type Finding, hapiFindings, isHapiHere } from './support/hapi.ts'

/** Warnings that were looked at, and why each stands. */
const KNOWN = [
  // Narratives are for people who read resources as they are; here records read them.
  /dom-6/,
  // A device measured it, and R4 has no device among performers.
  /all observations should have a performer/,
  // LOINC, SNOMED CT and MDC are not HL7's to ship; the codes are checked by protocol's tests.
  /CodeSystem is unknown and can't be validated: (http:\/\/loinc\.org|http:\/\/snomed\.info\/sct|urn:iso:std:iso:11073:10101)/,
  // Skin temperature, RR intervals and the like are vital signs that the profile does not list.
  /value set 'Vital Signs'/,
  // The extensible set names statutes; opting in is HL7's own word.
  /value set 'Consent PolicyRule Codes'/,
]

// Java takes some ten seconds to begin.
t.setTimeout(600_000)
const skip = isHapiHere() ? false : 'no Java or Maven here'
const world = await World.start()
t.teardown(() => world.stop())
const { hospital } = world
const patient = await world.patient()
const physician = await world.physician()
const device = await world.device(patient)
const from = (world.now - 2 * HOUR_MS) as UnixMs

/** Every kind of reading, the odd ones too. */
function keepAll({ bootedAt }: TestDevice): void {
  const start = from - bootedAt
  const of = (channel: string, offset: number, said: object) =>
    ({ channel: channel as ChannelName, at: (start + offset) as MonotonicMs, ...said }) as Sample
  const seen = { respiratoryRate: 22, spo2: 95, breathes: 'air', systolic: 88, pulse: 70 } as const
  const whole = scoreToCode(scoreOf({ ...seen, consciousness: 'voice', temperature: 39.2 }, 1))
  const vitals = [
    of('heart-rate', 0, { value: 71.5 }),
    of('heart-rate', 1_000, { value: 400, suspect: true }),
    of('pulse', 0, { value: 72 }),
    of('spo2', 0, { value: 97.5 }),
    of('spo2', 1_000, { missing: 'probe-off' }),
    of('spo2-uncalibrated', 0, { value: 95 }),
    of('respiratory-rate', 0, { value: 14 }),
    of('systolic', 0, { value: 121 }),
    of('diastolic', 0, { value: 78 }),
    of('diastolic', 60_000, { value: 79 }),
    of('body-temperature', 0, { value: 36.8125 }),
    of('skin-temperature', 0, { value: -0.5, suspect: true }),
    of('rr-interval', 0, { value: 833 }),
    of('signal-quality', 0, { value: 96 }),
    of('consciousness', 0, { value: 1 }),
    of('oxygen', 0, { value: 0 }),
    of('weight', 0, { value: 71.25 }),
    of('symptom', 0, { value: 2 * 16 + 7 }),
    ...['sensor-error', 'not-yet', 'ambiguous', 'not-recorded'].map((missing, index) =>
      of('respiratory-rate', 1_000 + index, { missing }),
    ),
  ]
  const curve = Array.from({ length: 50 }, (_, index) => of('ecg-ii', index * 4, { value: index * 10 }))
  curve[7] = of('ecg-ii', 28, { missing: 'probe-off' })
  world.keep(device.seal(vitals))
  world.keep(device.seal([...curve, of('ppg-red', 0, { value: 9 })], { category: 'ecg' }))
  world.keep(device.seal([of('movement', 0, { value: 0.25 })], { category: 'activity' }))
  const room = ['room-temperature', 'room-humidity', 'room-pressure']
  world.keep(
    device.seal(
      room.map((name) => of(name, 0, { value: 200 })),
      { category: 'environment' },
    ),
  )
  const alerts = [
    of('patient-event', 0, { value: 1 }),
    of('alarm', 0, { value: 2 * 8 + 3 }),
    of('news2', 0, { value: whole }),
    of('news2', 1_000, { value: scoreToCode(scoreOf(seen, 1)) }),
  ]
  world.keep(device.seal(alerts, { category: 'alert', isDated: false }))
}

keepAll(device)
await hospital.shelf.anchor()
const granted = await world.grant(patient, physician)
await world.open(physician, granted)
await hospital.proxy.anchorAudit()
const receipts = new Receipts(patient.hospital)
const everything = { from: 0 as UnixMs, to: (world.now + HOUR_MS) as UnixMs }

async function* opened(): AsyncGenerator<OpenedBatch> {
  for await (const item of openOwn(patient, everything)) if (item.fault === undefined) yield item
}

async function exported(): Promise<object> {
  const patients = [{ account: patient.identity.signer.address, name: 'As called' }]
  const grants = await listGrants(patient)
  const audit = auditOf(patient)
  let text = ''
  const whole = { patients, readings: opened(), grants, audit, receipts, at: world.now }
  for await (const part of exportText('fhir', whole)) text += part
  return JSON.parse(text)
}

async function served(): Promise<readonly object[]> {
  const store = new Store({ readingsLimit: 10_000 })
  store.putGrants([{ ...granted, state: 'active' }], world.now)
  for await (const batch of opened()) store.put(batch, granted.hash, world.now)
  for await (const line of auditOf(patient)) store.putAudit(line, world.now)
  const base = 'http://127.0.0.1:8180'
  const facade = new Facade({
    base: () => base,
    store,
    receiptOf: (cid) => receipts.of(cid),
    now: () => world.now,
    notices: () => ['last refreshed never'],
  })
  const resources: object[] = [
    capabilityStatement(base, world.now),
    new FhirRefusal('invalid', 'no date').outcome,
  ]
  const found = (await facade.search('Observation', new URLSearchParams('_count=1000'))) as Page
  const ids = found.entry.map(({ resource }) => resource.id).filter((id) => id !== undefined)
  for (const type of TYPES) {
    const query = type === 'Provenance' ? `target=${ids.slice(0, 40)}` : '_count=1000'
    const page = (await facade.search(type, new URLSearchParams(query))) as Page
    resources.push(page)
    for (const { resource } of page.entry) {
      if (resource.id !== undefined) resources.push(await facade.read(type, resource.id))
    }
  }
  return resources
}
interface Page {
  readonly entry: readonly { readonly resource: { readonly id?: string } }[]
}

/** Kinds that this story has none of. */
function further(): readonly object[] {
  const hash = (digit: string) => `0x${digit.repeat(64)}` as Hex32
  const entry: AuditEntry = {
    hospital: hospital.keys.operator,
    index: 7,
    at: world.now,
    event: 'opened',
    patient: patient.identity.signer.address,
    physician: physician.identity.signer.address,
    grant: granted.hash,
    request: hash('0'),
    batches: 3,
    reason: '',
    salt: hash('1'),
  }
  const events = AUDIT_EVENTS.map((event) => {
    const reason = event === 'refused' ? 'GRANT_REVOKED' : event === 'emergency' ? 'found unconscious' : ''
    return auditEventOf({ entry: { ...entry, event, reason }, proof: 'pending' }, onServer)
  })
  const { grant } = granted
  const consents = GRANT_STATES.map((state) => consentOf({ hash: granted.hash, grant, state }, onServer))
  const emergency = consentOf(
    { ...granted, grant: { ...grant, emergencyMs: HOUR_MS }, state: 'sealed' },
    onServer,
  )
  return [...events, ...consents, emergency]
}

function told(findings: readonly Finding[]): readonly string[] {
  return [...new Set(findings.map(({ severity, place, message }) => `${severity} ${place}: ${message}`))]
}

t.test('what is exported and served is FHIR R4 by HAPI’s validator', { skip }, async (t) => {
  const resources = [await exported(), ...(await served()), ...further()]
  const findings = await hapiFindings(resources)
  t.comment(`${resources.length} documents, ${findings.length} warnings`)
  const unknown = findings.filter(({ message }) => !KNOWN.some((known) => known.test(message)))
  t.same(told(unknown), [], 'no error, and no warning that nobody looked at')
})

t.test('the validator finds what is wrong', { skip }, async (t) => {
  const [good] = further()
  const unit = { value: 1, system: 'http://unitsofmeasure.org', code: 'bpm' }
  const wrong = [
    { ...good, outcome: '5' },
    { ...good, recorded: undefined },
    { resourceType: 'Observation', status: 'final', code: { text: 'x' }, valueQuantity: unit },
  ]
  const errors = (await hapiFindings(wrong)).filter(({ severity }) => severity === 'error')
  t.same(new Set(errors.map(({ file }) => file)).size, wrong.length, 'an error in each')
})
