import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { addressOf } from '@hygeia/protocol/ids'
import t from 'tap'
import { schemaFaults } from '../../protocol/test/support/r4-schema.ts'
import { HospitalProcess } from '../support/hospital.ts'
import { Hygeia } from '../support/hygeia.ts'
import { testFolder } from '../support/scene.ts'
import { until } from '../support/until.ts'

t.setTimeout(300_000)

interface Entry {
  readonly resource: { readonly resourceType: string; readonly id: string; readonly [field: string]: unknown }
}

t.test('what a patient enters reaches a record system as FHIR, until the patient revokes it', async (t) => {
  const dir = await testFolder(t)
  const hospital = await HospitalProcess.init({ dir: join(dir, 'hospital'), periodSec: 1, logLevel: 'warn' })
  hospital.launch()
  t.teardown(() => hospital.kill())
  await hospital.ready()
  const patient = await Hygeia.at(join(dir, 'patient'), hospital)
  const physician = await Hygeia.at(join(dir, 'physician'), hospital)
  const [[made]] = await Promise.all([
    patient.results('patient', 'new'),
    physician.results('physician', 'new'),
  ])
  await patient.results('patient', 'register')
  const [applied] = await physician.results('physician', 'register')
  const reader = addressOf(String(applied?.physician))
  await hospital.admit(reader)

  const [first] = await patient.results('patient', 'enter', '--blood-pressure', '121/78', '--pulse', '66')
  t.match(first, { sent: [{ state: 'taken' }] }, 'the first entry pairs the device, and is with the hospital')
  await patient.results(
    'patient',
    'enter',
    '--symptom',
    'breathlessness=7',
    '--weight',
    '71.2',
    '--at',
    '-5m',
  )
  await until('what was entered is anchored, and forgotten here', async () => {
    const [rest] = await patient.results('patient', 'enter')
    return (rest?.sent as object[]).length === 0
  })

  const range = ['--from', '-1h', '--to', '+1h']
  const [granted] = await patient.results('patient', 'grant', reader, ...range, '--yes')
  const account = String(made?.address)
  const file = join(dir, 'span.json')
  const [exported] = await physician.results(
    'physician',
    'export',
    '--patient',
    account,
    '--from',
    '-1h',
    '-o',
    file,
  )
  t.match(exported, { readings: 5, batches: 3 })
  const bundle = JSON.parse(await readFile(file, 'utf8')) as { readonly entry: readonly Entry[] }
  t.same(schemaFaults(bundle), [])
  const kinds = Map.groupBy(bundle.entry, ({ resource }) => resource.resourceType)
  t.equal(kinds.get('Observation')?.length, 4, 'systolic and diastolic are one')
  t.equal(kinds.get('Consent')?.length, 1)
  for (const { resource } of kinds.get('Provenance') ?? []) {
    t.equal((resource.entity as object[]).length, 4, 'each batch is anchored, by the chain’s own word')
  }

  const { child, said } = await physician.begin('fhir-serve', '--listen', '127.0.0.1:0', '--every', '1')
  t.teardown(() => child.kill())
  const find = async (query: string) => {
    const headers = { authorization: `Bearer ${said.token}` }
    const response = await fetch(`${said.url}/${query}`, { headers })
    const page = (await response.json()) as { readonly entry?: readonly Entry[] }
    t.same(schemaFaults(page), [])
    return page.entry ?? []
  }
  const readings = await find(`Observation?patient=${account.slice(2)}`)
  t.same(
    readings.map(({ resource }) => resource.id).toSorted(),
    kinds
      .get('Observation')
      ?.map(({ resource }) => resource.id)
      .toSorted(),
    'the same readings have the same ids',
  )
  t.match(await find('Observation?code=http://loinc.org|29463-7'), [
    { resource: { valueQuantity: { value: 71.2, unit: 'kg' } } },
  ])

  const whole = join(dir, 'everything.json')
  await patient.results('patient', 'export', '-o', whole)
  const everything = JSON.parse(await readFile(whole, 'utf8')) as typeof bundle
  t.same(schemaFaults(everything), [])
  const audited = everything.entry.filter(({ resource }) => resource.resourceType === 'AuditEvent')
  t.ok(audited.length >= 3, 'the grant, the export and the record system are in it')

  await patient.results('patient', 'revoke', String(granted?.grant))
  await until('nothing is served any more', async () => (await find('Observation')).length === 0)
  child.kill()
  await once(child, 'close')
})
