import { toColumns } from '@hygeia/protocol/batch/batch'
import type { ChannelName } from '@hygeia/protocol/channel'
import { type Address, type BootId, type Incarnation, parseAddress } from '@hygeia/protocol/ids'
import { asLabel } from '@hygeia/protocol/label'
import type { Sample } from '@hygeia/protocol/sample'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { csvWriter } from '../../../src/output/csv.ts'
import { FhirWriter } from '../../../src/output/fhir.ts'
import { isoWriter } from '../../../src/output/iso-time.ts'
import { jsonLines } from '../../../src/output/json.ts'
import { clip } from '../../../src/output/span.ts'
import { Table } from '../../../src/output/table.ts'
import type { DatedBy } from '../../../src/physician/dating.ts'
import type { OpenedBatch } from '../../../src/physician/opening.ts'

const MIDNIGHT = Date.parse('2025-03-01T00:00:00Z')
const device: Address = parseAddress(`0x${'de'.repeat(20)}`)
const patient: Address = parseAddress(`0x${'aa'.repeat(20)}`)

function sample(channel: string, seconds: number, value: number | 'probe-off', suspect?: true): Sample {
  const common = { channel: channel as ChannelName, at: (seconds * 1_000) as MonotonicMs }
  if (value === 'probe-off') return { ...common, missing: value }
  return suspect === undefined ? { ...common, value } : { ...common, value, suspect }
}

function opened(samples: readonly Sample[], datedBy: DatedBy = 'clock'): OpenedBatch {
  const time = { boot: '0x0000000000000001' as BootId, offsetMs: MIDNIGHT, steps: [] }
  return {
    cid: 'bafyone',
    patient,
    header: {
      device,
      label: asLabel('vitals/2025-03/0'),
      incarnation: '0x0000000000000002' as Incarnation,
      sequence: 7,
      prev: undefined,
      from: MIDNIGHT as UnixMs,
      to: MIDNIGHT as UnixMs,
      isDated: true,
      priority: 'vitals',
      capsule: new Uint8Array(105),
      wrappedKey: new Uint8Array(72),
      ciphertext: new Uint8Array(64),
      signature: new Uint8Array(64),
    },
    batch: { time, columns: toColumns(samples) },
    offsetMs: MIDNIGHT,
    datedBy,
  }
}

const batch = opened([
  sample('heart-rate', 0, 71.5),
  sample('heart-rate', 1, 400, true),
  sample('spo2', 0, 'probe-off'),
  sample('spo2', 61, 98),
])

t.test('CSV has a line for each reading, and says why one is missing', (t) => {
  t.equal(csvWriter.head, 'time,device,channel,code,value,unit,state,dated\n')
  t.same(csvWriter.add(batch).trimEnd().split('\n'), [
    `2025-03-01T00:00:00.000Z,${device},heart-rate,8867-4,71.5,/min,ok,clock`,
    `2025-03-01T00:00:01.000Z,${device},heart-rate,8867-4,400,/min,suspect,clock`,
    `2025-03-01T00:00:00.000Z,${device},spo2,2708-6,,%,probe-off,clock`,
    `2025-03-01T00:01:01.000Z,${device},spo2,2708-6,98,%,ok,clock`,
  ])
  t.end()
})

t.test('a table has a line for each minute: mean, range, and what is missing', (t) => {
  const table = new Table()
  table.add(batch)
  t.equal(
    table.end(),
    `\
time (UTC)           heart-rate /min                spo2 %
2025-03-01 00:00:00  235.8 (71.5–400.0), 1 suspect  1 probe-off
2025-03-01 00:01:00  ·                              98.0
`,
  )
  t.end()
})

t.test('FHIR is one Bundle, with each device and patient named once', (t) => {
  const writer = new FhirWriter(MIDNIGHT as UnixMs)
  const text =
    writer.head +
    writer.add(batch) +
    writer.add(opened([sample('heart-rate', 2, 70)], 'estimate')) +
    writer.end()
  const bundle = JSON.parse(text)
  t.match(bundle, { resourceType: 'Bundle', type: 'collection', timestamp: '2025-03-01T00:00:00.000Z' })
  const types = bundle.entry.map(
    (entry: { resource: { resourceType: string } }) => entry.resource.resourceType,
  )
  t.same(types, ['Patient', 'Device', ...Array(5).fill('Observation')])
  t.match(bundle.entry[2].resource, {
    effectiveDateTime: '2025-03-01T00:00:00.000Z',
    valueQuantity: { value: 71.5 },
  })
  t.match(bundle.entry.at(-1).resource.note, [{ text: /estimate/ }])
  t.same(JSON.parse(new FhirWriter(0 as UnixMs).head + new FhirWriter(0 as UnixMs).end()).entry, [])
  t.end()
})

t.test('JSON lines hold everything that is known of a batch', (t) => {
  t.match(JSON.parse(jsonLines.add(batch)), {
    cid: 'bafyone',
    patient,
    device,
    sequence: 7,
    datedBy: 'clock',
    columns: [
      {
        channel: 'heart-rate',
        samples: [
          { at: MIDNIGHT, value: 71.5 },
          { at: MIDNIGHT + 1_000, suspect: true },
        ],
      },
      { channel: 'spo2', samples: [{ at: MIDNIGHT, missing: 'probe-off' }, { value: 98 }] },
    ],
  })
  t.end()
})

t.test('readings outside of the span are left out, its end included', (t) => {
  const span = (from: number, to: number) => ({
    from: (MIDNIGHT + from * 1_000) as UnixMs,
    to: (MIDNIGHT + to * 1_000) as UnixMs,
  })
  t.equal(
    clip(batch, span(0, 62))?.batch.columns[0]?.samples,
    batch.batch.columns[0]?.samples,
    'not even copied',
  )
  t.same(
    clip(batch, span(1, 61))?.batch.columns.map(({ channel, samples }) => [channel, samples.length]),
    [['heart-rate', 1]],
  )
  t.equal(clip(batch, span(10, 20)), undefined)
  t.end()
})

t.test('times are written as toISOString writes them', (t) => {
  const timeOf = isoWriter()
  const instants = [
    MIDNIGHT,
    MIDNIGHT - 1,
    0,
    59_999,
    60_000,
    60_001,
    -1,
    -60_000,
    253_402_300_799_999,
    1_009,
  ]
  for (const at of instants) t.equal(timeOf(at), new Date(at).toISOString())
  t.end()
})
