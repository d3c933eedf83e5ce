import fc from 'fast-check'
import t from 'tap'
import { type AlarmState, alarmToCode } from '../../../src/alarm/alarm.ts'
import { deviceOf, patientOf } from '../../../src/fhir/accounts.ts'
import { bundleEntries, bundleOf } from '../../../src/fhir/bundle.ts'
import { type ExportedBatch, observationsOf } from '../../../src/fhir/observation.ts'
import { inBundle, onServer } from '../../../src/fhir/pseudonym.ts'
import type { Observation } from '../../../src/fhir/resources.ts'
import { parseAddress, parseBootId } from '../../../src/ids.ts'
import { scoreOf, scoreToCode } from '../../../src/news2/score.ts'
import { symptomToCode } from '../../../src/symptom/symptom.ts'
import type { UnixMs } from '../../../src/units.ts'
import { arbitraryBatch } from '../../support/arbitrary-batch.ts'
import { schemaFaults } from '../../support/r4-schema.ts'

const patient = parseAddress(`0x${'0a'.repeat(20)}`)
const device = parseAddress(`0x${'0d'.repeat(20)}`)
/** 2026-01-01T00:00:00.123Z. */
const midnight = Date.UTC(2026, 0) + 123
type Loose = { at: number; value?: number; missing?: string; suspect?: true }

function exported(
  columns: Record<string, readonly Loose[]>,
  more: Partial<ExportedBatch> = {},
): ExportedBatch {
  const batch = {
    time: { boot: parseBootId('0x0102030405060708'), offsetMs: midnight, steps: [] },
    columns: Object.entries(columns).map(([channel, samples]) => ({
      channel,
      samples: samples.map((sample) => ({ channel, ...sample })),
    })),
  } as unknown as ExportedBatch['batch']
  return { patient, device, batch, offsetMs: midnight, ...more }
}

const observed = (
  columns: Record<string, readonly Loose[]>,
  more: Partial<ExportedBatch> = {},
): Observation[] => [...observationsOf(exported(columns, more), inBundle)]
const ucum = (value: number, code: string) => ({
  value,
  unit: code,
  system: 'http://unitsofmeasure.org',
  code,
})

t.test('a reading is an Observation with LOINC code, UCUM unit and an instant in ms', async (t) => {
  const [rate] = observed({ 'heart-rate': [{ at: 5_000, value: 72.3 }] })
  t.match(rate, {
    resourceType: 'Observation',
    status: 'final',
    category: [{ coding: [{ system: /observation-category$/, code: 'vital-signs' }] }],
    code: { coding: [{ system: 'http://loinc.org', code: '8867-4', display: 'Heart rate' }] },
    effectiveDateTime: '2026-01-01T00:00:05.123Z',
    valueQuantity: ucum(72.3, '/min'),
  })
  t.notOk(
    rate && ('note' in rate || 'dataAbsentReason' in rate || 'component' in rate),
    'and nothing that is not there',
  )
})

t.test('pulse and oxygen saturation carry both of their codes', async (t) => {
  const codes = observed({ pulse: [{ at: 0, value: 60 }], spo2: [{ at: 0, value: 97.5 }] }).map(({ code }) =>
    code.coding?.map((coding) => coding.code),
  )
  t.same(codes, [
    ['8889-8', '8867-4'],
    ['2708-6', '59408-5'],
  ])
})

t.test('a missing value is a reason, in the code of HL7 and in our word, and never a number', async (t) => {
  const reasons = {
    'probe-off': 'not-performed',
    'sensor-error': 'error',
    'not-yet': 'temp-unknown',
    ambiguous: 'unknown',
    'not-recorded': 'unknown',
  }
  for (const [missing, code] of Object.entries(reasons)) {
    const [absent] = observed({ spo2: [{ at: 0, missing }] })
    t.match(absent?.dataAbsentReason, {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code }],
      text: missing,
    })
    t.equal(absent?.valueQuantity, undefined)
  }
})

t.test('a suspect value is kept, said to be so, and off the scale on its side', async (t) => {
  const [high, low, odd] = observed({
    'skin-temperature': [
      { at: 0, value: 61, suspect: true },
      { at: 1, value: -0.5, suspect: true },
      { at: 2, value: 33, suspect: true },
    ],
  })
  t.match(high, { valueQuantity: ucum(61, 'Cel'), interpretation: [{ coding: [{ code: '>' }] }] })
  t.match(low, { valueQuantity: ucum(-0.5, 'Cel'), interpretation: [{ coding: [{ code: '<' }] }] })
  t.match(odd, { valueQuantity: ucum(33, 'Cel'), interpretation: undefined })
  for (const each of [high, low, odd]) {
    t.same(each?.note, [{ text: 'Skin temperature: marked suspect by the device' }])
  }
})

t.test('systolic and diastolic of one instant are one panel', async (t) => {
  const panels = observed({
    systolic: [
      { at: 0, value: 121 },
      { at: 60_000, missing: 'sensor-error' },
      { at: 60_000, value: 400, suspect: true },
    ],
    diastolic: [
      { at: 0, value: 78 },
      { at: 60_000, value: 80 },
      { at: 120_000, value: 79 },
    ],
  })
  t.same(
    panels.map(({ effectiveDateTime }) => effectiveDateTime?.slice(14, 19)),
    ['00:00', '01:00', '01:00', '02:00'],
  )
  t.match(panels[0], {
    category: [{ coding: [{ code: 'vital-signs' }] }],
    code: { coding: [{ code: '85354-9' }] },
    component: [
      { code: { coding: [{ code: '8480-6' }] }, valueQuantity: ucum(121, 'mm[Hg]') },
      { code: { coding: [{ code: '8462-4' }] }, valueQuantity: ucum(78, 'mm[Hg]') },
    ],
  })
  t.equal(panels[0]?.valueQuantity, undefined, 'the panel itself has no value')
  t.match(panels[1]?.component, [
    { dataAbsentReason: { text: 'sensor-error' } },
    { valueQuantity: ucum(80, 'mm[Hg]') },
  ])
  t.match(panels[2]?.component, [
    { valueQuantity: ucum(400, 'mm[Hg]'), interpretation: [{ coding: [{ code: '>' }] }] },
    { dataAbsentReason: { text: 'not measured together' } },
  ])
  t.same(panels[2]?.note, [{ text: 'Systolic blood pressure: marked suspect by the device' }])
  t.match(panels[3]?.component, [
    { dataAbsentReason: { text: 'not measured together' } },
    { valueQuantity: ucum(79, 'mm[Hg]') },
  ])
})

t.test('an ECG lead is a curve for as long as its grid is even', async (t) => {
  const at = [0, 4, 8, 12, 20, 24, 100]
  const samples: Loose[] = at.map((ms, index) => ({ at: ms, value: index * 10 }))
  samples[2] = { at: 8, missing: 'probe-off' }
  samples[3] = { at: 12, value: 30, suspect: true }
  const curves = observed({ 'ecg-ii': samples })
  t.same(
    curves.map(({ effectivePeriod, valueSampledData }) => [
      effectivePeriod?.start.slice(20, 23),
      effectivePeriod?.end.slice(20, 23),
      valueSampledData?.period,
      valueSampledData?.data,
    ]),
    [
      ['123', '135', 4, '0 10 E 30'],
      ['143', '147', 4, '40 50'],
      ['223', '223', 0, '60'],
    ],
  )
  t.match(curves[0], {
    category: [{ coding: [{ code: 'procedure' }] }],
    code: { coding: [{ system: 'urn:iso:std:iso:11073:10101', code: '131330' }] },
    valueSampledData: { origin: ucum(0, 'uV'), factor: 1, dimensions: 1 },
    note: [
      { text: 'ECG lead II: E stands for probe-off' },
      { text: 'ECG lead II: marked suspect by the device' },
    ],
  })
})

t.test('what HL7 has no code or category for goes by its name', async (t) => {
  const [event] = observed({ 'patient-event': [{ at: 0, value: 1 }] })
  t.same(event?.code, { text: 'Patient pressed the event button' })
  t.notOk(event && 'category' in event)
})

t.test('a reading has the same id whenever it is exported, whatever else is', async (t) => {
  const all = [
    { at: 0, value: 60 },
    { at: 1_000, value: 61 },
    { at: 1_000, value: 62 },
    { at: 2_000, value: 63 },
  ]
  const columns = { pulse: all, systolic: [{ at: 0, value: 120 }], 'ecg-i': [{ at: 0, value: 1 }] }
  const ids = observed(columns, { cid: 'bafytest' }).map(({ id }) => id)
  t.equal(new Set(ids).size, ids.length, 'each its own')
  for (const id of ids) t.match(id, /^[A-Za-z0-9.-]{1,64}$/, 'FHIR R4, datatype id')
  const later = observed({ pulse: all.slice(1) }, { cid: 'bafytest' }).map(({ id }) => id)
  t.same(later, ids.slice(2, 5))
  t.notSame(observed(columns, { cid: 'bafyother' })[0]?.id, ids[0], 'another batch, another reading')
})

t.test('what has a vital signs profile says so', async (t) => {
  const at = { at: 0, value: 37 }
  const columns = { 'heart-rate': [at], 'body-temperature': [at], 'skin-temperature': [at], systolic: [at] }
  const profiles = observed(columns).map(({ meta }) => meta?.profile?.map((url) => url.split('/').at(-1)))
  t.same(profiles, [['bp'], ['heartrate'], ['bodytemp'], undefined])
})

t.test('a number that stands for something is told as what it stands for', async (t) => {
  const alarm = { cause: { kind: 'low', channel: 'spo2' }, priority: 'high', isAcknowledged: true }
  const ended = { cause: { kind: 'call' }, priority: undefined, isAcknowledged: false }
  const seen = observed({
    consciousness: [
      { at: 0, value: 1 },
      { at: 1, value: 9, suspect: true },
      { at: 2, missing: 'not-yet' },
    ],
    oxygen: [{ at: 0, value: 1 }],
    symptom: [
      { at: 0, value: symptomToCode({ symptom: 'breathlessness', severity: 7 }) },
      { at: 1, value: 15 },
    ],
    alarm: [
      { at: 0, value: alarmToCode(alarm as AlarmState) },
      { at: 1, value: alarmToCode(ended as AlarmState) },
      { at: 2, value: 0 },
    ],
    'patient-event': [{ at: 0, value: 1 }],
  })
  t.match(seen, [
    { valueCodeableConcept: { text: 'confusion' } },
    { valueQuantity: { value: 9 } },
    { dataAbsentReason: { text: 'not-yet' } },
    { valueCodeableConcept: { text: 'oxygen' } },
    { valueCodeableConcept: { text: 'breathlessness: 7 of 10' } },
    { valueQuantity: { value: 15 } },
    { valueCodeableConcept: { text: 'spo2:low: high, acknowledged' } },
    { valueCodeableConcept: { text: 'call: ended' } },
    { valueQuantity: { value: 0 } },
    { valueQuantity: { value: 1 } },
  ])
})

t.test('an early warning score has its parts, and an incomplete one is no number', async (t) => {
  // Royal College of Physicians, NEWS2, 2017, chart 1: 2 points for 22 breaths a minute, 1 for 95 %, 3 for 88 mmHg.
  const seen = { respiratoryRate: 22, spo2: 95, breathes: 'air', systolic: 88, pulse: 70 } as const
  const complete = scoreToCode(scoreOf({ ...seen, consciousness: 'alert', temperature: 37 }, 1))
  const [full, part, odd] = observed({
    news2: [
      { at: 0, value: complete },
      { at: 1, value: scoreToCode(scoreOf(seen, 1)) },
      { at: 2, value: 4 },
    ],
  })
  t.match(full, { code: { coding: [{ code: '1104051000000101' }] }, valueInteger: 6 })
  t.match(full?.component?.at(-1), {
    code: { text: 'clinical risk' },
    valueCodeableConcept: { text: 'medium' },
  })
  t.same(
    full?.component?.map(({ valueInteger }) => valueInteger),
    [2, 1, 0, 3, 0, 0, 0, undefined],
  )
  t.equal(part?.valueInteger, undefined)
  t.match(part?.dataAbsentReason, { text: 'incomplete: ≥ 6 (5 of 7)' })
  t.match(part?.component?.at(-1), { code: { text: 'temperature' }, dataAbsentReason: { text: 'not known' } })
  t.match(odd, { valueQuantity: { value: 4 } }, 'no score at all is left as it is')
})

t.test('on a server, resources are pointed to by their names', async (t) => {
  const [reading] = observationsOf(exported({ pulse: [{ at: 0, value: 60 }] }), onServer)
  t.same(reading?.subject, { reference: `Patient/${'0a'.repeat(20)}`, type: 'Patient' })
  t.same(deviceOf(device, patient, onServer).patient, reading?.subject)
  t.match(patientOf(patient, 'As called'), { id: '0a'.repeat(20), name: [{ text: 'As called' }] })
})

t.test('a reading leads back to its sealed batch, and says when its time is an estimate', async (t) => {
  const [reading] = observed({ pulse: [{ at: 0, value: 60 }] }, { cid: 'bafytest', isEstimated: true })
  t.match(reading?.meta, { source: 'ipfs://bafytest' })
  t.match(reading?.note, [{ text: /^The time is an estimate/ }])
})

t.test('a Bundle holds each patient and device once, by pseudonym, and every reference in it', async (t) => {
  const other = parseAddress(`0x${'0e'.repeat(20)}`)
  const batches = [
    exported({ pulse: [{ at: 0, value: 60 }] }),
    exported({ pulse: [{ at: 1, value: 61 }] }, { cid: 'bafyone' }),
    exported({ pulse: [{ at: 1, value: 61 }] }, { device: other }),
  ]
  const bundle = bundleOf(batches, midnight as UnixMs)
  t.match(bundle, { resourceType: 'Bundle', type: 'collection', timestamp: '2026-01-01T00:00:00.123Z' })
  t.same(
    bundle.entry.map(({ resource }) => resource.resourceType),
    ['Patient', 'Device', 'Observation', 'Observation', 'Device', 'Observation'],
  )
  const urls = bundle.entry.map(({ fullUrl }) => fullUrl)
  t.equal(new Set(urls).size, urls.length, 'no name twice')
  for (const url of urls) {
    t.match(url, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, 'RFC 9562')
  }
  for (const { resource } of bundle.entry) {
    if (resource.resourceType !== 'Observation') {
      t.match(resource.identifier, [{ system: 'urn:hygeia:account', value: /^0x[0-9a-f]{40}$/ }])
      continue
    }
    t.ok(urls.includes(resource.subject.reference), 'the patient is in the Bundle')
    t.ok(urls.includes(resource.device.reference), 'the device is in the Bundle')
  }
  t.same(
    [...bundleEntries(batches)].map(({ fullUrl }) => fullUrl),
    urls,
    'the same names whenever exported',
  )
})

t.test('whatever was measured, its Bundle is valid by the schema of R4', async (t) => {
  const bundle = bundleOf([exported({ pulse: [{ at: 0, value: 60 }] })], midnight as UnixMs)
  t.same(schemaFaults(bundle), [], 'this one is')
  t.not(schemaFaults({ ...bundle, type: 'heap' }).length, 0, 'not a Bundle of another type')
  const misspelt = bundle.entry.map((entry) => ({
    ...entry,
    resource: { ...entry.resource, statuss: 'final' },
  }))
  t.not(schemaFaults({ ...bundle, entry: misspelt }).length, 0, 'not an Observation with a field of its own')
  fc.assert(
    fc.property(arbitraryBatch, fc.boolean(), (batch, isEstimated) => {
      // The batches go far beyond the years that FHIR writes with four digits: keep the first samples only.
      const columns = batch.columns.map(({ channel, samples }) => ({
        channel,
        samples: samples.map((sample, index) => ({ ...sample, at: (index * 250) as typeof sample.at })),
      }))
      const one = {
        patient,
        device,
        batch: { ...batch, columns },
        offsetMs: midnight,
        isEstimated,
        cid: 'bafy',
      }
      return schemaFaults(bundleOf([one], midnight as UnixMs)).length === 0
    }),
    { numRuns: 8 },
  )
})
