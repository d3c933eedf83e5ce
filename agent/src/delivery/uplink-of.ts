import type { Address } from '@hygeia/protocol/ids'
import type { Signer } from '@hygeia/protocol/signature'
import { systemClock } from '@hygeia/runtime/clock'
import type { AgentConfig } from '../config/config.ts'
import { AgentError } from '../errors.ts'
import { HospitalApi } from '../hospital/api.ts'
import type { PinnedHospital } from '../hospital/pairing-record.ts'
import { CoapUplink } from '../uplink/coap/coap-uplink.ts'
import { FailOver, type FailOverDeps } from '../uplink/fail-over.ts'
import type { Destination } from '../uplink/line.ts'
import { MqttUplink } from '../uplink/mqtt/mqtt-uplink.ts'
import type { Uplink } from '../uplink/uplink.ts'

/** First wait before connecting anew. */
const RECONNECT_MS = 500
/** Batches on their way at a time: what a broker takes without holding back, and what a UDP buffer bears. */
const IN_FLIGHT = { mqtt: 16, coap: 8 } as const
/** A CoAP request with many blocks is answered only at its end. */
const FAIL_OVER_MS = { mqtt: 20_000, coap: 60_000 } as const
/** Blocks in which a batch has its receipt, and some slack. */
const RECEIPT_PERIODS = 4
const RECEIPT_SLACK_MS = 5_000

export function inFlightOf({ kind, inFlight }: AgentConfig['uplink']): number {
  return inFlight ?? IN_FLIGHT[kind]
}

export interface UplinkOfDeps extends FailOverDeps {
  readonly signer: Signer
  /** The hospital of the pairing: the configuration may say where it is in truth. */
  readonly pairedWith: Address | undefined
  /** Whether the clock is not right yet, so that dates in certificates say nothing. */
  readonly ignoresDates: () => boolean
}

/** The configured way to whichever of `hospitals` answers. @throws {AgentError} `NO_SUCH_UPLINK` */
export function uplinkOf(
  config: AgentConfig['uplink'],
  hospitals: readonly PinnedHospital[],
  deps: UplinkOfDeps,
): FailOver {
  const { kind, failOver, retryLimitMs } = config
  const receiptMs = RECEIPT_PERIODS * 1_000 * (hospitals[0]?.periodSec ?? 1) + RECEIPT_SLACK_MS
  const afterMs = failOver.afterMs ?? FAIL_OVER_MS[kind]
  const { returnAfterMs } = failOver
  const destinations = destinationsOf(config, hospitals, deps)
  if (destinations.length === 0)
    throw new AgentError(`the hospital offers no ${kind}`, { code: 'NO_SUCH_UPLINK', kind })
  return new FailOver(
    { kind, afterMs, busyMs: afterMs + receiptMs, returnAfterMs, lingerMs: receiptMs, retryLimitMs },
    destinations,
    deps,
  )
}

/** Those of `hospitals` that offer what is configured. */
export function destinationsOf(
  config: AgentConfig['uplink'],
  hospitals: readonly PinnedHospital[],
  deps: UplinkOfDeps,
): readonly Destination[] {
  const { kind } = config
  return hospitals.flatMap((hospital): Destination[] => {
    const url = (hospital.hospital === deps.pairedWith ? config.url : undefined) ?? hospital[kind]
    if (url === undefined) return []
    const { host } = new URL(hospital.api)
    const key = JSON.stringify([hospital.hospital, hospital.api, hospital.ca, url])
    return [{ key, name: host, open: () => open(config, url, hospital, deps) }]
  })
}

function open(
  { kind, answerMs, stallMs, retryLimitMs }: AgentConfig['uplink'],
  url: string,
  { hospital, api, ca }: PinnedHospital,
  { signer, log, ignoresDates }: UplinkOfDeps,
): Uplink {
  if (kind === 'coap') return new CoapUplink({ url, timeoutMs: answerMs }, { log })
  const backoff = { firstMs: RECONNECT_MS, limitMs: retryLimitMs }
  return new MqttUplink(
    { url, ca, hospital, stallMs, backoff },
    { signer, api: new HospitalApi({ api, ca }, { ignoresDates }), ignoresDates, clock: systemClock, log },
  )
}
