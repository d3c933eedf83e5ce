import type { Clock } from '@hygeia/runtime/clock'
import { Bme280 } from '../drivers/bme280/driver.ts'
import { Button } from '../drivers/button/driver.ts'
import { Lm75 } from '../drivers/lm75/driver.ts'
import { Max32664 } from '../drivers/max32664/driver.ts'
import { Mlx90614 } from '../drivers/mlx90614/driver.ts'
import { Mpu6050 } from '../drivers/mpu6050/driver.ts'
import { Tmp117 } from '../drivers/tmp117/driver.ts'
import type { Hal } from '../hal/hal.ts'
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
  switch (config.kind) {
    case 'tmp117': {
      const device = (await hal.i2c(config.bus)).device(config.address)
      return { kind: 'polled', name, sensor: new Tmp117({ device }), channels: config.channels }
    }
    case 'max32664': {
      const device = (await hal.i2c(config.bus)).device(config.address)
      const sensor = new Max32664(config, { device, gpio: await hal.gpio(), clock })
      return { kind: 'polled', name, sensor, channels: config.channels }
    }
    case 'lm75': {
      const device = (await hal.i2c(config.bus)).device(config.address)
      return { kind: 'polled', name, sensor: new Lm75(config, { device, clock }), channels: config.channels }
    }
    case 'mlx90614': {
      const device = (await hal.i2c(config.bus)).device(config.address)
      return { kind: 'polled', name, sensor: new Mlx90614({ device, clock }), channels: config.channels }
    }
    case 'bme280': {
      const device = (await hal.i2c(config.bus)).device(config.address)
      return { kind: 'polled', name, sensor: new Bme280({ device, clock }), channels: config.channels }
    }
    case 'mpu6050': {
      const device = (await hal.i2c(config.bus)).device(config.address)
      return { kind: 'polled', name, sensor: new Mpu6050({ device }), channels: config.channels }
    }
    case 'button': {
      const sensor = new Button(config, { gpio: await hal.gpio() })
      return { kind: 'event', name, sensor, channels: config.channels }
    }
  }
}
