import { createHash } from 'node:crypto'
import { encodeCbor } from '@hygeia/protocol/cbor'
import { SPOOL_HOURS_LIMIT, type Standing } from '@hygeia/protocol/device-link/standing'
import { type Hex32, toHex } from '@hygeia/protocol/ids'
import type { AgentConfig } from '../config/config.ts'
import type { DeliveryStatus } from '../delivery/status.ts'
import { VERSION } from '../version.ts'

/** Sensors that are configured, and those of them that do not answer. */
export interface SensorCount {
  readonly configured: number
  readonly away: number
}

/** SHA-256 of everything the agent was told, defaults included, as canonical DAG-CBOR. */
export function configurationDigest(config: AgentConfig): Hex32 {
  // Through JSON, in which a field that is not there is not there.
  const plain: unknown = JSON.parse(JSON.stringify(config))
  return toHex(createHash('sha256').update(encodeCbor(plain)).digest()) as Hex32
}

/** What the device says of itself to the hospital; no name and no reading is in it. */
export function standingOf(
  configuration: Hex32,
  { configured, away }: SensorCount,
  {
    spool,
    labelKeys,
  }: Pick<DeliveryStatus, 'labelKeys'> & {
    readonly spool: Pick<DeliveryStatus['spool'], 'hoursLeft'>
  },
): Standing {
  const { hoursLeft = SPOOL_HOURS_LIMIT } = spool
  return {
    version: VERSION,
    configuration,
    spoolHours: Math.min(Math.floor(hoursLeft), SPOOL_HOURS_LIMIT),
    sensors: configured,
    sensorsAway: away,
    labelKeyDays: labelKeys.exhausted.length > 0 ? 0 : Math.max(0, labelKeys.daysLeft),
  }
}
