import type { Channel } from '@hygeia/protocol/channel'
import type { EventSensor, PolledSensor, StreamingSensor } from '../drivers/sensor.ts'

/** One channel of a sensor that is read at even intervals. */
export interface PolledChannel {
  readonly channel: Channel
  /** What the driver calls the quantity. */
  readonly from: string
  readonly periodMs: number
}

/** One channel of a sensor that tells by itself, or that samples at its own rate. */
export interface EventChannel {
  readonly channel: Channel
  readonly from: string
}

/** A sensor and the channels that its readings go to. */
export type SensorPlan =
  | {
      readonly kind: 'polled'
      readonly name: string
      readonly sensor: PolledSensor
      readonly channels: readonly PolledChannel[]
    }
  | {
      readonly kind: 'event'
      readonly name: string
      readonly sensor: EventSensor
      readonly channels: readonly EventChannel[]
    }
  | {
      readonly kind: 'streaming'
      readonly name: string
      readonly sensor: StreamingSensor
      readonly channels: readonly EventChannel[]
    }
