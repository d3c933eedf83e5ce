import { randomUUID } from 'node:crypto'
import type { BootId } from '@hygeia/protocol/ids'
import { type MonotonicMs, SECOND_MS, type UnixMs } from '@hygeia/protocol/units'
import { type Clock, systemClock } from '@hygeia/runtime/clock'
import { SimulatedClock } from '@hygeia/runtime/simulated-clock'
import type { Hal } from '../hal/hal.ts'
import { inputsOf } from '../sampling/ads1115-config.ts'
import { bootIdOf } from '../sampling/boot-id.ts'
import type { SensorConfig, SimulationConfig } from '../sampling/config.ts'
import { Ads1115Chip } from './ads1115-chip.ts'
import { Bme280Chip } from './bme280-chip.ts'
import { pressAt } from './button-press.ts'
import { openFeeds } from './feeds.ts'
import { fileLedger } from './ledger.ts'
import { Lm75Chip } from './lm75-chip.ts'
import { madeUpBreath, madeUpEcg, madeUpPulse } from './made-up-waveforms.ts'
import { Max30102Chip } from './max30102-chip.ts'
import { Max32664Chip } from './max32664-chip.ts'
import { Mlx90614Chip } from './mlx90614-chip.ts'
import { Mpu6050Chip, pushedUp } from './mpu6050-chip.ts'
import { played, recordedEcg, recordedPpg, seen } from './recorded-waveforms.ts'
import type { Signal } from './signal.ts'
import { SimulatedGpio } from './simulated-gpio.ts'
import { SimulatedI2cBus } from './simulated-i2c.ts'
import { Tmp117Chip } from './tmp117-chip.ts'

/** From the start of time to the first sample, for hubs to start. */
const WARM_UP_MS = 5 * SECOND_MS
/** How far the recording is ahead of the samples: a TMP117's newest result is up to half a second old when read. */
const LEAD_MS = 500
const CONFIDENCE = 98
/** The guide names no depth; this one holds a sampler's second. */
const FIFO_DEPTH = 120
const INPUTS = ['a0', 'a1', 'a2', 'a3'] as const
const VERSION_A = [10, 1, 0] as const

/** A bedside without hardware: its pins, its time, and what to sample of it. */
export interface SimulatedMachine {
  readonly hal: Hal
  readonly clock: Clock
  readonly boot: BootId
  /** When the first sample is due. */
  readonly origin: MonotonicMs
  /** When a recording ends; noise does not. */
  readonly endAt: MonotonicMs | undefined
  /** Keeps simulated time from passing; absent in real time. */
  readonly hold: (() => Disposable) | undefined
  /** The bus of a number, for tests to unplug what is on it. */
  bus(number: number): SimulatedI2cBus
  readonly gpio: SimulatedGpio
}

/**
 * Build a chip for each configured sensor and the time they live in.
 *
 * @param isFirst - time begins now, whatever `begunUnixMs` says
 * @throws {SimulationError} when the recording is malformed or lacks a column
 */
export async function simulatedMachine(
  sensors: readonly SensorConfig[],
  simulation: SimulationConfig,
  { isFirst = false }: { readonly isFirst?: boolean } = {},
): Promise<SimulatedMachine> {
  const time = timeOf(simulation, isFirst)
  const { clock, origin } = time
  const feeds = await openFeeds(simulation, (origin - LEAD_MS) as MonotonicMs)
  const gpio = new SimulatedGpio({ clock })
  const buses = new Map<number, SimulatedI2cBus>()
  const bus = (number: number) => {
    const found = buses.get(number) ?? new SimulatedI2cBus({ number })
    buses.set(number, found)
    return found
  }
  const ledger = simulation.ledgerFile === undefined ? undefined : fileLedger(simulation.ledgerFile)
  const record = (sensor: string, bytes: Uint8Array) =>
    ledger?.({
      sensor,
      atUnixMs: clock.now(),
      atMonotonicMs: clock.monotonic(),
      bytes: Buffer.from(bytes).toString('hex'),
    })
  const closing = new AbortController()
  const isRecorded = simulation.source.kind === 'recording'

  for (const sensor of sensors) {
    const onRead = (bytes: Uint8Array) => record(sensor.name, bytes)
    switch (sensor.kind) {
      case 'tmp117': {
        const temperature = feeds.signal(sensor.name, 'temperature')
        bus(sensor.bus).attach(sensor.address, new Tmp117Chip({ clock, temperature, onRead }))
        break
      }
      case 'lm75': {
        const temperature = feeds.signal(sensor.name, 'temperature')
        const part = sensor.resolutionBits === 9 ? 'lm75' : 'tmp105'
        bus(sensor.bus).attach(sensor.address, new Lm75Chip({ part }, { clock, temperature, onRead }))
        break
      }
      case 'mlx90614': {
        const object = feeds.signal(sensor.name, 'temperature')
        const ambient = feeds.surroundings.temperature
        const { address } = sensor
        bus(sensor.bus).attach(address, new Mlx90614Chip({ address }, { clock, object, ambient, onRead }))
        break
      }
      case 'max32664': {
        const { resetLine, mfioLine } = sensor
        const heartRate = feeds.signal(sensor.name, 'heart-rate')
        const spo2 = feeds.signal(sensor.name, 'spo2')
        const chip = new Max32664Chip(
          {
            heartRate,
            spo2,
            resetLine,
            mfioLine,
            confidence: CONFIDENCE,
            depth: FIFO_DEPTH,
            version: VERSION_A,
          },
          { clock, gpio, onRead },
        )
        bus(sensor.bus).attach(sensor.address, chip)
        break
      }
      case 'bme280': {
        const { temperature, humidity, pressure } = feeds.surroundings
        const chip = new Bme280Chip({ clock, temperature, humidity, pressure, onRead })
        bus(sensor.bus).attach(sensor.address, chip)
        break
      }
      case 'mpu6050': {
        const acceleration = pushedUp(feeds.surroundings.movement)
        bus(sensor.bus).attach(sensor.address, new Mpu6050Chip({ clock, acceleration, onRead }))
        break
      }
      case 'ads1115': {
        const { readyLine, leadOffLines, address, channels } = sensor
        const waves = new Map<string, Signal>()
        for (const { quantity, input, frontEnd } of inputsOf(sensor)) {
          const isEcg = channels.some(
            ({ channel, from }) => from === quantity && channel.name.startsWith('ecg-'),
          )
          const ecg = isEcg && isRecorded ? played(await recordedEcg(), origin) : madeUpEcg
          const { gain, offsetUv } = frontEnd
          waves.set(input, (at) => (isEcg ? (offsetUv + gain * ecg(at)) / 1e6 : madeUpBreath(at)))
        }
        const inputs = INPUTS.map((name): Signal => waves.get(name) ?? (() => 0))
        for (const line of leadOffLines) gpio.drive(line, 0)
        const onLost = () => record(sensor.name, new Uint8Array(0))
        const chip = new Ads1115Chip({ readyLine }, { clock, gpio, inputs, onRead, onLost })
        bus(sensor.bus).attach(address, chip)
        closing.signal.addEventListener('abort', () => chip.powerOff())
        break
      }
      case 'max30102': {
        const blood = isRecorded ? played(await recordedPpg(), origin) : undefined
        const infrared = blood ? seen(blood, 120_000, 0.8) : madeUpPulse(120_000, 0.02)
        const red = blood ? seen(blood, 100_000, 0.4) : madeUpPulse(100_000, 0.01)
        const chip = new Max30102Chip(sensor, { clock, gpio, infrared, red, onRead })
        bus(sensor.bus).attach(sensor.address, chip)
        closing.signal.addEventListener('abort', () => chip.powerOff())
        break
      }
      case 'button':
        for (const afterMs of feeds.presses(sensor.name)) {
          pressAt((origin + afterMs) as MonotonicMs, sensor, { clock, gpio }, closing.signal)
        }
        break
    }
  }
  const hal: Hal = {
    i2c: async (number) => bus(number),
    gpio: async () => gpio,
    async close() {
      closing.abort()
    },
  }
  const endAt = feeds.durationMs === undefined ? undefined : ((origin + feeds.durationMs) as MonotonicMs)
  return { ...time, hal, gpio, bus, endAt }
}

function timeOf({ time }: SimulationConfig, isFirst: boolean) {
  if (time === undefined) {
    const origin = Math.ceil(systemClock.monotonic() + WARM_UP_MS) as MonotonicMs
    return { clock: systemClock, origin, boot: bootIdOf(randomUUID()), hold: undefined }
  }
  const speed = time.speed === 'max' ? Number.POSITIVE_INFINITY : time.speed
  const begun = time.begunUnixMs
  const passedMs = begun === undefined || isFirst ? 0 : Math.max(0, Math.round((Date.now() - begun) * speed))
  const startUnix = (time.startUnixMs - WARM_UP_MS + passedMs) as UnixMs
  const clock = new SimulatedClock({ startUnix, startMonotonic: passedMs as MonotonicMs, speed })
  // A boot goes on through restarts as long as its time does.
  const boot = bootIdOf(begun === undefined ? randomUUID() : `simulated ${begun} ${time.startUnixMs}`)
  return { clock, origin: WARM_UP_MS as MonotonicMs, boot, hold: () => clock.hold() }
}
