import type { Address } from '@hygeia/protocol/ids'
import type { LabelKey } from '@hygeia/protocol/label-keys/label-keys'
import type { Realm } from '@hygeia/protocol/typed-data/domain'

/** What a load generator must know of a hospital. */
export interface LoadTarget {
  /** HTTPS origin, for log-in nonces. */
  readonly api: string
  readonly mqtt: string
  readonly coap: string
  /** PEM. */
  readonly ca: string
  readonly realm: Realm
  readonly hospital: Address
  readonly receiptKey: Address
  readonly periodSec: number
}

export interface LoadDevice {
  /** Secret signing key, 32 bytes. */
  readonly key: Uint8Array
  readonly labelKeys: readonly LabelKey[]
}

export type Pace =
  /** As fast as the hospital answers; sealed beforehand. */
  | {
      readonly kind: 'closed'
      /** Batches of one device that are sent and not yet answered. */
      readonly inFlight: number
      /** Batches of one device that are sent and have no receipt yet: what would be a spool growing is none. */
      readonly unproven: number
      /** Batches sealed before the start, all devices together: the load ends early when they are used up. */
      readonly sealed: number
    }
  /** So many a second, all devices together, evenly spread; each sealed when it is due. */
  | {
      readonly kind: 'paced'
      readonly perSecond: number
      /** Part of the time between two at which the first one is due, 0 unless told. */
      readonly share?: number
    }

export interface LoadPlan {
  readonly door: 'mqtt' | 'coap'
  /** A broker that gives no receipts and asks for no log-in has no target but these. */
  readonly target: LoadTarget
  readonly isBare: boolean
  readonly devices: readonly LoadDevice[]
  /** Index of the first device among all: each has an address of its own. */
  readonly firstDevice?: number
  readonly pace: Pace
  /** Before anything is counted. */
  readonly warmUpMs: number
  /** While it is counted. */
  readonly measureMs: number
}

/** What a generator tells while it works. */
export type LoadEvent =
  | { readonly kind: 'sealing'; readonly sealed: number }
  /** Connected, and sealed what is to be sealed beforehand: waits to be told to go. */
  | { readonly kind: 'ready' }
  | ({ readonly kind: 'progress' } & LoadCounts)
  /** The counted time begins, or ends. */
  | { readonly kind: 'window'; readonly edge: 'begin' | 'end' }
  | { readonly kind: 'done'; readonly result: LoadResult }

export interface LoadCounts {
  readonly sent: number
  /** Acknowledged by PUBACK, or by 2.04. */
  readonly answered: number
  /** Of which a receipt came and was verified: its proof, and the signature of its anchor. */
  readonly receipted: number
}

export interface LoadResult extends LoadCounts {
  /** Refused, told to come back, or answered with something that proves nothing. */
  readonly refused: number
  readonly busy: number
  readonly forged: number
  /** Within the counted time. */
  readonly window: { readonly ms: number; readonly answered: number; readonly receipted: number }
  /** From before the sealing, or the sending of what was sealed beforehand, to the verified receipt; ms. */
  readonly latenciesMs: readonly number[]
  /** From the sending to the acknowledgement, ms. */
  readonly ackMs: readonly number[]
  /** From the last batch sent to the last receipt, ms. */
  readonly drainMs: number
  /** All that was sent. */
  readonly blockBytes: number
  /** Sealed beforehand, and how long that took. */
  readonly sealed: number
  readonly sealMs: number
  /** Datagrams that had to be sent again. */
  readonly repeats: number
  /** This process within the counted time: seconds of CPU, and its event loop's delay, ms. */
  readonly cpuSec: number
  readonly loopDelayMs: { readonly p50: number; readonly p99: number }
}
