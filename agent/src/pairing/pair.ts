import { MalformedError } from '@hygeia/protocol/errors'
import { decodeLabelKeys, type SignedLabelKeys } from '@hygeia/protocol/label-keys/label-keys'
import type { Enrolment } from '@hygeia/protocol/pairing/enrolment'
import { encodeOffer, mailboxOf, makeOffer, pairingWords } from '@hygeia/protocol/pairing/offer'
import type { Signer } from '@hygeia/protocol/signature'
import { type Clock, sleep } from '@hygeia/runtime/clock'
import { HospitalApi } from '../hospital/api.ts'
import { HospitalError } from '../hospital/errors.ts'
import type { PairingRecord, PinnedHospital } from '../hospital/pairing-record.ts'
import { labelKeyFault } from '../label-keys/label-key-store.ts'
import { PairingError } from './errors.ts'
import { pinHospital } from './trust.ts'

const POLL_MS = 1_000

export interface PairOptions {
  readonly enrolment: Enrolment
  /** The clock is not right yet: ignore dates, in certificates of the pinned CA and of the enrolment. */
  readonly ignoresDates: boolean
}

export interface PairDeps {
  readonly signer: Signer
  readonly clock: Clock
  /** Told the six words once the offer is with the hospital, and what is waited for. */
  readonly onProgress: (progress: PairingProgress) => void
}

export type PairingProgress =
  | { readonly step: 'hospital'; readonly api: string }
  | { readonly step: 'mailbox' }
  | { readonly step: 'words'; readonly words: readonly string[] }
  | { readonly step: 'waiting'; readonly leftMs: number }

/**
 * Pair this device with the patient who made `enrolment`: leave the device's offer with a hospital, and wait for the
 * label keys that the patient leaves there once the words were compared.
 *
 * @throws {PairingError}
 * @throws {HospitalError} when no hospital of the enrolment can be reached
 */
export async function pair(
  { enrolment, ignoresDates }: PairOptions,
  { signer, clock, onProgress }: PairDeps,
  signal: AbortSignal,
): Promise<PairingRecord> {
  const left = () => enrolment.expires - clock.now()
  if (!ignoresDates && left() <= 0) {
    throw new PairingError('this enrolment has expired: make a new one in the app', {
      code: 'ENROLMENT_EXPIRED',
      expires: enrolment.expires,
    })
  }
  const hospitals: PinnedHospital[] = []
  let fault: unknown
  for (const named of enrolment.hospitals) {
    onProgress({ step: 'hospital', api: named.api })
    try {
      hospitals.push(await pinHospital(enrolment, named, { ignoresDates }, signal))
    } catch (cause) {
      // One that is away can be done without; one that is not what it should be cannot.
      if (!(cause instanceof HospitalError) || cause.detail.code !== 'HOSPITAL_UNREACHABLE') throw cause
      fault = cause
    }
  }
  const [first] = hospitals
  if (first === undefined) throw fault
  const api = new HospitalApi(first, { ignoresDates: () => ignoresDates })
  const mailbox = `/v1/pairings/${mailboxOf(enrolment)}`
  const isOver = () => !ignoresDates && left() <= 0

  onProgress({ step: 'mailbox' })
  const offer = encodeOffer(makeOffer(enrolment, signer))
  while (!(await patiently(() => api.putCbor(`${mailbox}/offer`, offer, signal)))) {
    if (isOver()) throw noAnswer()
    await sleep(clock, POLL_MS, signal)
  }
  onProgress({ step: 'words', words: pairingWords(enrolment, signer.address) })
  while (true) {
    const answer = await patiently(() => api.getBytes(`${mailbox}/answer`, signal))
    if (answer) {
      const labelKeys = checkAnswer(answer, enrolment, signer)
      const { realm, patient } = enrolment
      return { realm, patient, device: signer.address, hospitals, labelKeys }
    }
    if (isOver()) throw noAnswer()
    onProgress({ step: 'waiting', leftMs: left() })
    await sleep(clock, POLL_MS, signal)
  }
}

function checkAnswer(answer: Uint8Array, { realm, patient }: Enrolment, signer: Signer): SignedLabelKeys {
  let keys: SignedLabelKeys
  try {
    keys = decodeLabelKeys(answer)
  } catch (cause) {
    if (!(cause instanceof MalformedError)) throw cause
    throw invalid('MALFORMED')
  }
  const fault = labelKeyFault(keys, { realm, patient, device: signer.address })
  if (fault !== undefined) throw invalid(fault)
  return keys
}

/** A hospital that is away for a moment is asked again at the next poll. */
async function patiently<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch (cause) {
    if (cause instanceof HospitalError && cause.detail.code === 'HOSPITAL_UNREACHABLE') return undefined
    throw cause
  }
}

function invalid(reason: 'MALFORMED' | NonNullable<ReturnType<typeof labelKeyFault>>): PairingError {
  return new PairingError('what was left for this device is not by its patient', {
    code: 'ANSWER_INVALID',
    reason,
  })
}

function noAnswer(): PairingError {
  return new PairingError('nobody answered in time: make a new enrolment in the app', { code: 'NO_ANSWER' })
}
