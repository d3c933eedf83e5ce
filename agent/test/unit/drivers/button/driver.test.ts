import { Button } from '@hygeia/agent/drivers/button/driver'
import type { Readings } from '@hygeia/agent/drivers/sensor'
import { SimulatedGpio } from '@hygeia/agent/simulation/simulated-gpio'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import { sleep } from '@hygeia/runtime/clock'
import { SimulatedClock } from '@hygeia/runtime/simulated-clock'
import t from 'tap'

function bench() {
  const clock = new SimulatedClock({
    startUnix: 0 as UnixMs,
    startMonotonic: 0 as MonotonicMs,
    speed: Number.POSITIVE_INFINITY,
  })
  const gpio = new SimulatedGpio({ clock })
  const button = new Button({ line: 22, debounceMs: 30, isActiveLow: true }, { gpio })
  const events: [number, Readings][] = []
  return {
    button,
    gpio,
    events,
    open: () => button.open((readings) => events.push([clock.monotonic(), readings])),
    pass: (ms: number) => sleep(clock, ms, new AbortController().signal),
  }
}

t.test('a press that bounces is one event, once the contact rests', async (t) => {
  const { button, gpio, events, open, pass } = bench()
  await open()
  for (const level of [0, 1, 0, 1, 0] as const) {
    gpio.drive(22, level)
    await pass(2)
  }
  await pass(500)
  t.same(events, [[38, { press: { value: 1 } }]], '8 ms of bouncing and 30 ms of rest')
  gpio.drive(22, 1)
  await pass(500)
  t.equal(events.length, 1, 'a release is none')
  await button.close()
})

t.test('a spike shorter than the debounce time is no press', async (t) => {
  const { button, gpio, events, open, pass } = bench()
  await open()
  gpio.drive(22, 0)
  await pass(10)
  gpio.drive(22, 1)
  await pass(500)
  t.same(events, [])
  await button.close()
})

t.test('a closed button tells nothing and gives its line back', async (t) => {
  const { button, gpio, events, open, pass } = bench()
  await open()
  await t.rejects(open(), { code: 'GPIO_FAULT', detail: { line: 22, errno: 'EBUSY' } })
  gpio.drive(22, 0)
  await button.close()
  await pass(500)
  t.same(events, [])
  await t.resolves(gpio.output(22, 1))
})
