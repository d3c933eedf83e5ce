import type { Signer } from '@hygeia/protocol/signature'
import { systemClock } from '@hygeia/runtime/clock'
import type { Logger } from '@hygeia/runtime/log'
import type { AgentConfig } from '../config/config.ts'
import { AgentError } from '../errors.ts'
import { HospitalApi } from '../hospital/api.ts'
import type { PinnedHospital } from '../hospital/pairing-record.ts'
import { CoapUplink } from '../uplink/coap/coap-uplink.ts'
import { MqttUplink } from '../uplink/mqtt/mqtt-uplink.ts'
import type { Uplink } from '../uplink/uplink.ts'

/** First wait before connecting anew. */
const RECONNECT_MS = 500
/** Batches on their way at a time: what a broker takes without holding back, and what a UDP buffer bears. */
const IN_FLIGHT = { mqtt: 16, coap: 8 } as const

export function inFlightOf({ kind, inFlight }: AgentConfig['uplink']): number {
  return inFlight ?? IN_FLIGHT[kind]
}

export interface UplinkOfDeps {
  readonly signer: Signer
  readonly log: Logger
  /** Whether the clock is not right yet, so that dates in certificates say nothing. */
  readonly ignoresDates: () => boolean
}

/** The configured way to `hospital`. @throws {AgentError} `NO_SUCH_UPLINK` */
export function uplinkOf(
  config: AgentConfig['uplink'],
  { hospital, api, ca, mqtt, coap }: PinnedHospital,
  { signer, log, ignoresDates }: UplinkOfDeps,
): Uplink {
  const { kind } = config
  const url = config.url ?? { mqtt, coap }[kind]
  if (url === undefined)
    throw new AgentError(`the hospital offers no ${kind}`, { code: 'NO_SUCH_UPLINK', kind })
  if (kind === 'coap') return new CoapUplink({ url, timeoutMs: config.answerMs }, { log })
  const backoff = { firstMs: RECONNECT_MS, limitMs: config.retryLimitMs }
  return new MqttUplink(
    { url, ca, hospital, stallMs: config.stallMs, backoff },
    { signer, api: new HospitalApi({ api, ca }, { ignoresDates }), ignoresDates, clock: systemClock, log },
  )
}
