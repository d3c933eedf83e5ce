import type { RefusalReason } from '@hygeia/protocol/device-link/refusal'
import { MalformedError } from '@hygeia/protocol/errors'
import type { Address, Incarnation } from '@hygeia/protocol/ids'
import { monthOf, parseLabel } from '@hygeia/protocol/label'
import { decodeSealed, SEALED_LIMIT_BYTES } from '@hygeia/protocol/sealed/codec'
import type { SealedBatch } from '@hygeia/protocol/sealed/header'
import { MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'

/** A batch may end this far ahead of the hospital's clock. */
export const FUTURE_LIMIT_MS = 10 * MINUTE_MS

/** What the chain says of a device. */
export type DeviceStanding =
  | { readonly status: 'bound'; readonly patient: Address }
  /** `lastSequence` of `incarnation` is the last that still counts. */
  | {
      readonly status: 'suspended'
      readonly patient: Address
      readonly incarnation: Incarnation
      readonly lastSequence: number
    }

/** All that a verdict depends on besides the batch itself. */
export interface Facts {
  /** Who logged in on the connection that brought it; undefined where nobody logs in. */
  readonly sender: Address | undefined
  readonly device: DeviceStanding | undefined
  /** Whether the patient ever signed a key for the batch's label; undefined when no label keys are held. */
  readonly knowsLabel: boolean | undefined
  readonly now: UnixMs
  /** Address that signed the batch. @throws {MalformedError} when nobody can have */
  readonly signer: (batch: SealedBatch) => Address
}

export type Verdict =
  | { readonly outcome: 'accept' }
  | { readonly outcome: 'refuse'; readonly reason: RefusalReason }
  /** Not to be refused for good, because the clock that is wrong may be the hospital's. */
  | { readonly outcome: 'wait'; readonly reason: 'FROM_THE_FUTURE' }

export type Shape =
  | { readonly batch: SealedBatch }
  | { readonly reason: Extract<RefusalReason, 'TOO_LARGE' | 'MALFORMED'> }

/** Take what arrived apart; the form is judged here, the content by `judge`. */
export function shapeOf(bytes: Uint8Array): Shape {
  if (bytes.length > SEALED_LIMIT_BYTES) return { reason: 'TOO_LARGE' }
  try {
    return { batch: decodeSealed(bytes) }
  } catch (cause) {
    if (cause instanceof MalformedError) return { reason: 'MALFORMED' }
    throw cause
  }
}

/** Decide whether to believe one sealed batch. Pure: same arguments, same verdict. */
export function judge(batch: SealedBatch, facts: Facts): Verdict {
  // Cheapest first, so that junk never reaches the elliptic curve.
  if (facts.sender !== undefined && facts.sender !== batch.device) return refuse('WRONG_DEVICE')
  if (facts.device === undefined) return refuse('UNKNOWN_DEVICE')
  if (!isWithinLife(batch, facts.device)) return refuse('SUSPENDED_DEVICE')
  // The time of an unsynchronised clock is an estimate, and says nothing about the month.
  if (batch.isDated && parseLabel(batch.label).month > monthOf(batch.to)) return refuse('WRONG_LABEL')
  if (facts.knowsLabel === false) return refuse('WRONG_LABEL')
  if (batch.isDated && batch.to > facts.now + FUTURE_LIMIT_MS) {
    return { outcome: 'wait', reason: 'FROM_THE_FUTURE' }
  }
  if (!isSignedBy(batch, facts)) return refuse('BAD_SIGNATURE')
  return { outcome: 'accept' }
}

/** Whether a batch was sealed before its device was suspended, as far as anybody can tell. */
export function isWithinLife(
  { incarnation, sequence }: Pick<SealedBatch, 'incarnation' | 'sequence'>,
  device: DeviceStanding,
): boolean {
  // Incarnations are random names without order: whoever stole the key could make one up.
  return device.status === 'bound' || (device.incarnation === incarnation && sequence <= device.lastSequence)
}

function isSignedBy(batch: SealedBatch, { signer }: Facts): boolean {
  try {
    return signer(batch) === batch.device
  } catch (cause) {
    if (cause instanceof MalformedError) return false
    throw cause
  }
}

function refuse(reason: RefusalReason): Verdict {
  return { outcome: 'refuse', reason }
}
