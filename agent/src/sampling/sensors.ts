import type { Clock } from '@hygeia/runtime/clock'
import { Ads1115 } from '../drivers/ads1115/driver.ts'
import { PacedAds1115 } from '../drivers/ads1115/paced.ts'
import { Bme280 } from '../drivers/bme280/driver.ts'
import { Button } from '../drivers/button/driver.ts'
import { Lm75 } from '../drivers/lm75/driver.ts'
import { Max30102 } from '../drivers/max30102/driver.ts'
import { Max32664 } from '../drivers/max32664/driver.ts'
import { Mlx90614 } from '../drivers/mlx90614/driver.ts'
import { Mpu6050 } from '../drivers/mpu6050/driver.ts'
import type { PolledSensor, StreamingSensor } from '../drivers/sensor.ts'
import { Tmp117 } from '../drivers/tmp117/driver.ts'
import type { Hal } from '../hal/hal.ts'
import { inputsOf, periodOf } from './ads1115-config.ts'
import type { SensorConfig } from './config.ts'
import type { SensorPlan } from './plan.ts'

/**
 * The drivers that the configuration names, on the buses and lines of `hal`; none is opened yet.
 *
 * @throws {HalError} when a bus or the GPIO chip cannot be had
 */
export async function buildSensors(
  configs: readonly SensorConfig[],
  { hal, clock }: { hal: Hal; clock: Clock },
): Promise<readonly SensorPlan[]> {
  const plans: SensorPlan[] = []
  for (const config of configs) plans.push(await buildSensor(config, hal, clock))
  return plans
}

async function buildSensor(config: SensorConfig, hal: Hal, clock: Clock): Promise<SensorPlan> {
  const { name } = config
  if (config.kind === 'button') {
    const sensor = new Button(config, { gpio: await hal.gpio() })
    return { kind: 'event', name, sensor, channels: config.channels }
  }
  if (config.kind === 'ads1115' || config.kind === 'max30102') {
    const sensor = await buildStream(config, hal, clock)
    return { kind: 'streaming', name, sensor, channels: config.channels }
  }
  const sensor = await buildChip(config, hal, clock)
  return { kind: 'polled', name, sensor, channels: config.channels }
}

type StreamConfig = Extract<SensorConfig, { readonly kind: 'ads1115' | 'max30102' }>

async function buildStream(config: StreamConfig, hal: Hal, clock: Clock): Promise<StreamingSensor> {
  const device = (await hal.i2c(config.bus)).device(config.address)
  if (config.kind === 'ads1115') {
    const { readyLine, leadOffLines } = config
    const inputs = inputsOf(config)
    const [input] = inputs
    if (readyLine !== undefined && input !== undefined) {
      return new Ads1115({ input, readyLine, leadOffLines }, { device, gpio: await hal.gpio(), clock })
    }
    const gpio = leadOffLines.length === 0 ? undefined : await hal.gpio()
    return new PacedAds1115({ inputs, periodMs: periodOf(config), leadOffLines }, { device, gpio, clock })
  }
  const gpio = config.interruptLine === undefined ? undefined : await hal.gpio()
  return new Max30102(config, { device, gpio, clock })
}

type ChipConfig = Exclude<SensorConfig, StreamConfig | { readonly kind: 'button' }>

async function buildChip(config: ChipConfig, hal: Hal, clock: Clock): Promise<PolledSensor> {
  const device = (await hal.i2c(config.bus)).device(config.address)
  switch (config.kind) {
    case 'tmp117':
      return new Tmp117({ device })
    case 'lm75':
      return new Lm75(config, { device, clock })
    case 'mlx90614':
      return new Mlx90614({ device, clock })
    case 'max32664':
      return new Max32664(config, { device, gpio: await hal.gpio(), clock })
    case 'bme280':
      return new Bme280({ device, clock })
    case 'mpu6050':
      return new Mpu6050({ device })
  }
}
