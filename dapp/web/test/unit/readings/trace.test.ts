import type { ChannelName } from '@hygeia/protocol/channel'
import type { Address } from '@hygeia/protocol/ids'
import type { Sample } from '@hygeia/protocol/sample'
import type { MonotonicMs } from '@hygeia/protocol/units'
import t from 'tap'
import { chunkOf, Line } from '../../../readings/line.ts'
import { traceOf } from '../../../readings/trace.ts'

const channel = 'heart-rate' as ChannelName
const SECOND = 1_000
/** Where the device's clock stands against UTC. */
const OFFSET = 1_000_000

type Said = number | 'probe-off' | { readonly suspect: number }

/** One reading a second, from second `first` on. */
function lineOf(...batches: readonly { readonly first: number; readonly said: readonly Said[] }[]): Line {
  const line = new Line(`0x${'11'.repeat(20)}` as Address, channel)
  for (const { first, said } of batches) {
    const samples = said.map((one, index): Sample => {
      const at = ((first + index) * SECOND) as MonotonicMs
      if (typeof one === 'number') return { channel, at, value: one }
      if (typeof one === 'string') return { channel, at, missing: one }
      return { channel, at, value: one.suspect, suspect: true }
    })
    line.add(chunkOf(`cid of ${first}`, samples, OFFSET))
  }
  return line
}
const range = (from: number, to: number, buckets: number) => ({
  from: from * SECOND + OFFSET,
  to: to * SECOND + OFFSET,
  buckets,
})
/** Seconds since the line began. */
const seconds = (times: Float64Array) => [...times].map((time) => time - OFFSET / SECOND)

t.test('with room for each reading, each is a point', async (t) => {
  const trace = traceOf(lineOf({ first: 0, said: [60, 61, 62] }), range(0, 3, 300))
  t.same(seconds(trace.at), [0, 1, 2])
  t.same([...trace.mean], [60, 61, 62])
  t.same([trace.low, trace.high], [trace.mean, trace.mean])
  t.equal(trace.isGathered, false)
  t.same([...trace.gaps], [])
})

t.test('without room, no peak is lost', async (t) => {
  const said = Array.from({ length: 1_000 }, () => 60)
  said[500] = 180
  said[501] = 20
  const trace = traceOf(lineOf({ first: 0, said }), range(0, 1_000, 10))
  t.equal(trace.at.length, 10)
  t.equal(trace.isGathered, true)
  t.equal(trace.high[5], 180)
  t.equal(trace.low[5], 20)
  t.same([trace.low[4], trace.high[4]], [60, 60])
})

t.test('time without readings is a gap, and no point reaches over it', async (t) => {
  const line = lineOf({ first: 0, said: [60, 60, 60] }, { first: 30, said: [80, 80, 80] })
  const trace = traceOf(line, range(0, 60, 1))
  t.same(seconds(trace.gaps), [2, 30])
  t.same([...trace.mean], [60, 80], 'one bucket, and yet two points')
})

t.test('a missing reading is a gap though time goes on', async (t) => {
  const trace = traceOf(lineOf({ first: 0, said: [60, 'probe-off', 62] }), range(0, 3, 300))
  t.same(seconds(trace.gaps), [0, 2])
  t.same([...trace.mean], [60, 62])
})

t.test('a suspect reading stretches no band and is kept apart', async (t) => {
  const trace = traceOf(lineOf({ first: 0, said: [60, { suspect: 400 }, 62] }), range(0, 3, 1))
  t.same([...trace.high], [60, 62])
  t.same([...trace.suspect], [400])
  t.same(seconds(trace.suspectAt), [1])
})

t.test('batches that come late are put where they belong', async (t) => {
  const line = lineOf({ first: 10, said: [70] }, { first: 0, said: [60] }, { first: 5, said: [65] })
  t.same([...traceOf(line, range(0, 20, 200)).mean], [60, 65, 70])
})

t.test('only what is in the range is looked at', async (t) => {
  const line = lineOf({ first: 0, said: [60, 61, 62, 63] }, { first: 4, said: [64, 65] })
  t.same([...traceOf(line, range(1, 5, 400)).mean], [61, 62, 63, 64])
})
