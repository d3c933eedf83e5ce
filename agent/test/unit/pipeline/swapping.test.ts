import { channelNamed } from '@hygeia/protocol/channel'
import type { Sample } from '@hygeia/protocol/sample'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import { SimulatedClock } from '@hygeia/runtime/simulated-clock'
import t from 'tap'
import { Swapping } from '../../../src/pipeline/swapping.ts'
import { Sampler } from '../../../src/sampling/sampler.ts'
import { sample } from '../../support/line.ts'

const clock = new SimulatedClock({
  startUnix: 0 as UnixMs,
  startMonotonic: 0 as MonotonicMs,
  speed: Number.POSITIVE_INFINITY,
})

/** A button whose presses are the test's, and which remembers whether it is open. */
function button(name: string) {
  const state = { isOpen: false, press: () => {} }
  const sensor = {
    async open(tell: (readings: { press: { value: number } }) => void) {
      state.isOpen = true
      state.press = () => tell({ press: { value: 1 } })
    },
    async close() {
      state.isOpen = false
    },
  }
  const channels = [{ channel: channelNamed('patient-event'), from: 'press' }]
  const plan = { kind: 'event', name, sensor, channels } as const
  return {
    state,
    sampler: new Sampler({ origin: 0 as MonotonicMs, queueLimit: 4 }, { clock, sensors: [plan] }),
  }
}

t.test('what one sampler has read comes out before the next, and each sensor is closed', async (t) => {
  const [first, second] = [button('a'), button('b')]
  const swapping = new Swapping(first.sampler)
  const stop = new AbortController()
  const stream = swapping.samples(stop.signal)
  const came: Sample[] = []
  const reading = (async () => {
    for await (const one of stream) came.push(one)
  })()
  swapping.add([sample('pulse', 1, 60)])
  await new Promise((resolve) => setImmediate(resolve))
  t.ok(first.state.isOpen)
  first.state.press()
  // Not taken yet when the other takes over.
  swapping.add([sample('pulse', 2, 61)])
  await swapping.swap(second.sampler)
  t.notOk(first.state.isOpen)
  await new Promise((resolve) => setImmediate(resolve))
  t.ok(second.state.isOpen)
  second.state.press()
  t.equal(swapping.enter(sample('systolic', 3, 120)), true)
  stop.abort()
  await reading
  t.same(
    came.map(({ channel }) => channel),
    ['pulse', 'patient-event', 'pulse', 'patient-event', 'systolic'],
  )
  t.notOk(second.state.isOpen)
})

t.test('it ends with the signal, swapped or not', async (t) => {
  const only = button('a')
  const stop = new AbortController()
  const stream = new Swapping(only.sampler).samples(stop.signal)
  const next = stream.next()
  stop.abort()
  t.same(await next, { done: true, value: undefined })
})
