import { FieldReader, rawOf } from '../fields.ts'
import type { Hex32 } from '../ids.ts'

/** How a device is, by its own signed word; nothing of its patient. */
export interface Standing {
  /** Of the agent: at most 32 characters. */
  readonly version: string
  /** SHA-256 of the configuration that it runs with, as canonical DAG-CBOR. */
  readonly configuration: Hex32
  /** Whole hours until its spool is full, at the rate at which it fills now; `SPOOL_HOURS_LIMIT` for that and longer. */
  readonly spoolHours: number
  /** Sensors that are configured, and those of them that do not answer. */
  readonly sensors: number
  readonly sensorsAway: number
  /** Days until its last label key ends; 0 when it goes under keys of a past month. */
  readonly labelKeyDays: number
}

/** A year, or a spool that does not fill. */
export const SPOOL_HOURS_LIMIT = 8_760
const VERSION_LIMIT = 32
const SENSORS_LIMIT = 255
const DAYS_LIMIT = 36_525

/** EIP-712 fields of it. */
export const STANDING_TYPE =
  'string version,bytes32 configuration,uint32 spoolHours,uint16 sensors,uint16 sensorsAway,uint32 labelKeyDays'

/** Layout in question.cddl. */
export function standingFields(standing: Standing): readonly unknown[] {
  const { version, configuration, spoolHours, sensors, sensorsAway, labelKeyDays } = standing
  return [version, rawOf(configuration), spoolHours, sensors, sensorsAway, labelKeyDays]
}

/** @throws {MalformedError} */
export function readStanding(value: unknown): Standing {
  const fields = new FieldReader('standing', value, 6)
  return {
    version: fields.text(VERSION_LIMIT),
    configuration: fields.hex32(),
    spoolHours: fields.uint(SPOOL_HOURS_LIMIT),
    sensors: fields.uint(SENSORS_LIMIT),
    sensorsAway: fields.uint(SENSORS_LIMIT),
    labelKeyDays: fields.uint(DAYS_LIMIT),
  }
}
