import { deflateRawSync } from 'node:zlib'
import { encode } from 'cborg'
import { integers } from './integers.ts'
import { filled, hex, raw } from './world.ts'

type Sample = { at: number; value?: number; suspect?: true; missing?: string }
type Column = { channel: string; samples: Sample[] }
type Batch = {
  time: { boot: string; offsetMs?: number; steps: { at: number; byMs: number }[] }
  columns: Column[]
}

/** Number on the wire and counts a unit, as protocol/src/channel.ts lists them. */
const WIRE: Record<string, readonly [id: number, perUnit: number]> = {
  'heart-rate': [1, 10],
  pulse: [2, 10],
  spo2: [3, 10],
  systolic: [5, 10],
  diastolic: [6, 10],
  'skin-temperature': [8, 128],
  'ecg-i': [16, 1],
  'ecg-ii': [17, 1],
  'patient-event': [64, 1],
}
const MARKS = ['probe-off', 'sensor-error', 'not-yet', 'ambiguous', 'not-recorded']

/** Encoded after batch.cddl by code of its own, with cborg and zlib, so that ours is held against something. */
export function makeBatches(): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(batches()).map(([name, batch]) => {
      const cbor = encode(fieldsOf(batch))
      return [
        name,
        { batch: named(batch), cbor: hex(cbor), padded: hex(pad(deflateRawSync(cbor, { level: 9 }))) },
      ]
    }),
  )
}

function fieldsOf({ time, columns }: Batch): unknown[] {
  const base = Math.min(...columns.map(({ samples }) => samples[0]?.at ?? Infinity))
  return [
    1,
    raw(time.boot),
    time.offsetMs ?? null,
    time.steps.map(({ at, byMs }) => [at, byMs]),
    base,
    columns.map(({ channel, samples }) => {
      const [id, perUnit] = WIRE[channel] ?? [0, 1]
      const at = samples.map((sample) => sample.at)
      const steps = at.slice(1).map((time, index) => time - (at[index] ?? 0))
      const period = [...steps].sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0
      const counts = samples.flatMap(({ value }) =>
        value === undefined ? [] : [Math.round(value * perUnit)],
      )
      return [
        id,
        samples.length,
        (at[0] ?? 0) - base,
        period,
        integers(steps.map((step) => step - period)),
        counts[0] ?? null,
        integers(counts.slice(1).map((count, index) => count - (counts[index] ?? 0))),
        integers(
          samples.map(({ suspect, missing }) => (missing ? MARKS.indexOf(missing) + 2 : suspect ? 1 : 0)),
        ),
      ]
    }),
  ]
}

function pad(deflated: Uint8Array): Uint8Array {
  const padded = Buffer.alloc(Math.ceil((2 + deflated.length + 16) / 64) * 64 - 16)
  padded.writeUInt16BE(deflated.length)
  padded.set(deflated, 2)
  return padded
}

/** As the decoder gives it: each sample says its channel. */
function named({ time, columns }: Batch): unknown {
  return {
    time,
    columns: columns.map(({ channel, samples }) => ({
      channel,
      samples: samples.map((sample) => ({ channel, ...sample })),
    })),
  }
}

const boot = hex(filled(8, 700))

function batches(): Record<string, Batch> {
  const noise = filled(960, 701)
  const grid = (length: number, stepMs: number, from: number) =>
    Array.from({ length }, (_, index) => from + index * stepMs)
  const around = (offset: number, level: number, spread: number, perUnit: number) =>
    grid(60, 1_000, 1_234_567).map((at, index) => ({
      at,
      value: (level + Math.round(((noise[offset + index] ?? 0) / 255 - 0.5) * spread)) / perUnit,
    }))
  return {
    'four channels at 1 Hz': {
      time: { boot, offsetMs: 1_767_225_600_123, steps: [] },
      columns: [
        { channel: 'heart-rate', samples: around(0, 723, 6, 10) },
        { channel: 'pulse', samples: around(60, 719, 6, 10) },
        { channel: 'spo2', samples: around(120, 974, 1, 10) },
        { channel: 'skin-temperature', samples: around(180, 4_291, 4, 128) },
      ],
    },
    'missing, suspect and late samples': {
      time: { boot, offsetMs: -5, steps: [{ at: 2_000, byMs: -3_600_000 }] },
      columns: [
        {
          channel: 'spo2',
          samples: [
            { at: 0, missing: 'not-yet' },
            { at: 1_000, missing: 'probe-off' },
            { at: 2_003, value: 96.9 },
            { at: 3_000, value: 120.5, suspect: true },
            { at: 3_000, missing: 'sensor-error' },
            { at: 64_000, missing: 'ambiguous' },
            { at: 65_000, value: 0 },
          ],
        },
        { channel: 'skin-temperature', samples: [{ at: 500, missing: 'sensor-error' }] },
      ],
    },
    'a gap for want of room': {
      time: { boot, offsetMs: 1_767_225_600_123, steps: [] },
      columns: [
        {
          channel: 'pulse',
          samples: [
            { at: 60_000, value: 71.5 },
            { at: 61_000, missing: 'not-recorded' },
            { at: 120_000, value: 72 },
          ],
        },
      ],
    },
    'before the clock was set': {
      time: { boot: hex(filled(8, 702)), steps: [] },
      columns: [
        { channel: 'systolic', samples: [{ at: 30_000, value: 121.3 }] },
        { channel: 'diastolic', samples: [{ at: 30_000, value: 78.2 }] },
      ],
    },
    'a second of two ECG leads': {
      time: { boot, offsetMs: 1_767_225_600_123, steps: [] },
      columns: ['ecg-i', 'ecg-ii'].map((channel, lead) => ({
        channel,
        samples: grid(250, 4, 9_000_000).map((at, index) => ({
          at,
          value:
            (index % 200 === 40 ? 1_100 : index % 200 === 44 ? -400 : 0) +
            (noise[300 + lead * 250 + index] ?? 0) -
            128,
        })),
      })),
    },
    'an event alone': {
      time: { boot, offsetMs: 1_767_225_600_123, steps: [] },
      columns: [{ channel: 'patient-event', samples: [{ at: 4_294_967_296, value: 1 }] }],
    },
    'values and times as far apart as they may be': {
      time: {
        boot,
        offsetMs: Number.MAX_SAFE_INTEGER,
        steps: [{ at: 0, byMs: Number.MIN_SAFE_INTEGER }],
      },
      columns: [
        {
          channel: 'ecg-i',
          samples: [
            { at: 0, value: 2 ** 48 },
            { at: 1, value: -(2 ** 48) },
            { at: 2, value: 0 },
            { at: 2 ** 48, value: 1 },
          ],
        },
      ],
    },
  }
}
