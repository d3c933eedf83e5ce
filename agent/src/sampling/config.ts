import type { ChannelName } from '@hygeia/protocol/channel'
import * as z from 'zod'
import { channelField as channel, gpioLine } from '../config/fields.ts'
import { Ads1115Config, periodOf } from './ads1115-config.ts'
import { i2cAddress, name, onBus, polled, streamed } from './fields.ts'

const Tmp117Config = z.strictObject({
  ...onBus,
  kind: z.literal('tmp117'),
  channels: polled(['temperature'], 500),
})

const Max32664Config = z.strictObject({
  ...onBus,
  kind: z.literal('max32664'),
  address: i2cAddress.default(0x55),
  resetLine: gpioLine,
  mfioLine: gpioLine,
  /** Reports of which the hub is less sure, in %, count as ambiguous. */
  minConfidence: z.int().min(0).max(100).default(70),
  /** Of the SpO2 curve `a·r² + b·r + c`, for the optics in use. */
  spo2Coefficients: z.tuple([z.number(), z.number(), z.number()]).optional(),
  channels: polled(['heart-rate', 'spo2'], 100),
})

const Lm75Config = z.strictObject({
  ...onBus,
  kind: z.literal('lm75'),
  /** 9 for an LM75; 12 for a TMP105 and others that have the bits. Nothing in the chip tells which it is. */
  resolutionBits: z.union([z.literal(9), z.literal(12)]).default(9),
  channels: polled(['temperature'], 500),
})

const Mlx90614Config = z.strictObject({
  ...onBus,
  kind: z.literal('mlx90614'),
  address: i2cAddress.default(0x5a),
  channels: polled(['temperature', 'ambient'], 500),
})

const Bme280Config = z.strictObject({
  ...onBus,
  kind: z.literal('bme280'),
  address: i2cAddress.default(0x76),
  channels: polled(['temperature', 'humidity', 'pressure'], 600),
})

const Mpu6050Config = z.strictObject({
  ...onBus,
  kind: z.literal('mpu6050'),
  // A DS3231 clock is at 0x68: AD0 moves this one to 0x69.
  address: i2cAddress.default(0x69),
  // Its memory holds 3.4 s.
  channels: polled(['movement'], 200, 3_000),
})

const Max30102Config = z.strictObject({
  ...onBus,
  kind: z.literal('max30102'),
  address: i2cAddress.default(0x57),
  /** Of INT, which is open drain; without it, the FIFO is drained by time. */
  interruptLine: gpioLine.optional(),
  /**
   * Boards are sold on which the red and the infrared LED are in each other's place. Said here, because somebody looked,
   * it holds; left out, the channels are named as on a right board, and no SpO2 is given before the light agrees.
   */
  areLedsSwapped: z.boolean().optional(),
  channels: streamed(['infrared', 'red']),
})

const ButtonConfig = z.strictObject({
  name,
  kind: z.literal('button'),
  line: gpioLine,
  debounceMs: z.int().min(0).max(1_000).default(30),
  /** A button to ground. */
  isActiveLow: z.boolean().default(true),
  channels: z.array(z.strictObject({ channel, from: z.enum(['press']) })).min(1),
})

export const SensorConfig = z.discriminatedUnion('kind', [
  Tmp117Config,
  Max32664Config,
  Lm75Config,
  Mlx90614Config,
  Bme280Config,
  Mpu6050Config,
  Ads1115Config,
  Max30102Config,
  ButtonConfig,
])
export type SensorConfig = z.infer<typeof SensorConfig>

/** GPIO lines that a sensor takes, by the field that names them. */
export function linesOfSensor(sensor: SensorConfig): Readonly<Record<string, number>> {
  switch (sensor.kind) {
    case 'button':
      return { line: sensor.line }
    case 'max32664':
      return { resetLine: sensor.resetLine, mfioLine: sensor.mfioLine }
    case 'ads1115':
      return {
        ...(sensor.readyLine === undefined ? {} : { readyLine: sensor.readyLine }),
        ...Object.fromEntries(sensor.leadOffLines.map((line, place) => [`leadOffLines.${place}`, line])),
      }
    case 'max30102':
      return sensor.interruptLine === undefined ? {} : { interruptLine: sensor.interruptLine }
    default:
      return {}
  }
}

/** Values a second of each quantity of a sensor that samples by itself; undefined of one that is asked. */
export function rateOf(sensor: SensorConfig): number | undefined {
  if (sensor.kind === 'max30102') return 100
  if (sensor.kind !== 'ads1115') return undefined
  return sensor.readyLine === undefined ? 1_000 / periodOf(sensor) : 250
}

/** Whether somebody looked which LED of the sensor behind this channel is the red one. */
export function isOrderKnown(sensors: readonly SensorConfig[], infrared: ChannelName): boolean {
  return sensors.some(
    (sensor) =>
      sensor.kind === 'max30102' &&
      sensor.areLedsSwapped !== undefined &&
      sensor.channels.some(({ channel }) => channel.name === infrared),
  )
}

/** The sensors at this bedside. */
export const SensorsConfig = z
  .array(SensorConfig)
  .min(1)
  .superRefine((sensors, context) => {
    const taken = new Set<string>()
    const claim = (what: string, path: (string | number)[]) => {
      if (taken.has(what)) context.addIssue({ code: 'custom', message: `${what} is used twice`, path })
      taken.add(what)
    }
    for (const [index, sensor] of sensors.entries()) {
      claim(`name ${sensor.name}`, [index, 'name'])
      if ('bus' in sensor) claim(`address ${sensor.address} on bus ${sensor.bus}`, [index, 'address'])
      for (const [field, line] of Object.entries(linesOfSensor(sensor)))
        claim(`GPIO ${line}`, [index, ...field.split('.')])
      for (const [place, { channel }] of sensor.channels.entries()) {
        // Two sources under one name could not be told apart afterwards.
        claim(`channel ${channel.name}`, [index, 'channels', place, 'channel'])
      }
    }
  })

/** How sampling runs on this machine. */
export const SamplingConfig = z.strictObject({
  /** Label of the GPIO chip: `pinctrl-bcm2835` up to Pi 3, `pinctrl-bcm2711` on Pi 4. */
  gpioChip: z.string().min(1).default('pinctrl-bcm2835'),
  /** Who knows whether the wall clock is right. */
  synchronisation: z.enum(['timesyncd', 'timedatectl', 'assume']).default('timesyncd'),
  /** Samples that may wait for the next stage before sampling waits for it. */
  queueLimit: z.int().min(1).max(1_000_000).default(1_024),
})
export type SamplingConfig = z.infer<typeof SamplingConfig>

const seed = z.int().min(0).max(0xffff_ffff).default(1)

/** Simulated chips in place of the sensors: what they play, and in what time. */
export const SimulationConfig = z
  .strictObject({
    /** A recording (by default the ICU patient that ships with the agent), or a made-up resting patient. */
    source: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('recording'), file: z.string().min(1).optional() }),
      z.strictObject({ kind: z.literal('noise'), seed }),
    ]),
    /**
     * By sensor: the column that each quantity plays, or for a button when it is pressed, in ms since the start.
     * By default `heart_rate_bpm` and `spo2_percent`; `skin` is the built-in skin temperature.
     */
    feeds: z
      .record(
        name,
        z.strictObject({
          'heart-rate': z.string().optional(),
          spo2: z.string().optional(),
          temperature: z.string().optional(),
          presses: z.array(z.int().min(0)).optional(),
        }),
      )
      .default({}),
    /** Without it, time is this machine's. */
    time: z
      .strictObject({
        /** Time of the first sample, ms since the Unix epoch. */
        startUnixMs: z.int().min(0),
        /** Simulated seconds a second; `max` waits for nothing. */
        speed: z.union([z.number().positive(), z.literal('max')]),
        /** Real time at which the simulation began, so that a restarted agent goes on where time now is. */
        begunUnixMs: z.int().min(0).optional(),
      })
      .refine(({ speed, begunUnixMs }) => speed !== 'max' || begunUnixMs === undefined, {
        message: 'needs a speed that is a number',
        path: ['begunUnixMs'],
      })
      .optional(),
    /** A file to which the chips append each value that they hand out. */
    ledgerFile: z.string().min(1).optional(),
    seed,
  })
  .describe('simulation')
export type SimulationConfig = z.infer<typeof SimulationConfig>
