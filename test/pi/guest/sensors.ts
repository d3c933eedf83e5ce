// Runs in the test Pi: looks who is on the bus, samples the sensors that the first line names through the kernel's own
// interfaces, and says who is there, each sample and each change of a sensor on a line of its own.
import { createInterface } from 'node:readline'
import { linuxHal } from '@hygeia/agent/hal/linux-hal'
import { SensorsConfig } from '@hygeia/agent/sampling/config'
import { Sampler } from '@hygeia/agent/sampling/sampler'
import { buildSensors } from '@hygeia/agent/sampling/sensors'
import { scanBus } from '@hygeia/agent/scan/scan'
import type { MonotonicMs } from '@hygeia/protocol/units'
import { systemClock } from '@hygeia/runtime/clock'

const say = (message: object) => process.stdout.write(`${JSON.stringify(message)}\n`)
const QUEUE_LIMIT = 1_024

say({ kind: 'waiting' })
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const { value } = await lines.next()
const configs = SensorsConfig.parse(JSON.parse(String(value)))
const { signal } = new AbortController()
const hal = linuxHal({ label: 'pinctrl-bcm2835' })
const scanDeps = { i2c: (bus: number) => hal.i2c(bus), clock: systemClock, terminal: undefined }
const { state, findings } = await scanBus(1, configs, scanDeps, signal)
say({ kind: 'bus', state, found: findings.map(({ identity, sensor }) => [sensor?.name, identity.outcome]) })
const sensors = await buildSensors(configs, { hal, clock: systemClock })
const sampler = new Sampler(
  { origin: Math.ceil(systemClock.monotonic()) as MonotonicMs, queueLimit: QUEUE_LIMIT },
  { clock: systemClock, sensors, onChange: (status) => say({ kind: 'sensor', ...status }) },
)
for await (const sample of sampler.samples(signal)) say({ kind: 'sample', ...sample })
