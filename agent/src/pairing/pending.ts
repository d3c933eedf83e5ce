import { readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Enrolment, formatEnrolment, parseEnrolment } from '@hygeia/protocol/pairing/enrolment'
import { isAbort, within } from '@hygeia/runtime/abort'
import { syncDirectory, writeAtomic } from '@hygeia/runtime/atomic-write'
import { Backoff } from '@hygeia/runtime/backoff'
import { sleep } from '@hygeia/runtime/clock'
import { HospitalError } from '../hospital/errors.ts'
import type { PairingRecord } from '../hospital/pairing-record.ts'
import { PairingError, type PairingFault } from './errors.ts'
import { type PairDeps, pair } from './pair.ts'

/** What another attempt cannot change. What looks like a wrong hospital may be a log-in page of a Wi-Fi. */
const FINAL: readonly PairingFault['code'][] = ['ENROLMENT_EXPIRED', 'NO_ANSWER', 'ANSWER_INVALID']
/** After so long, it is looked again whether dates count. */
const ATTEMPT_MS = 60_000
const RETRY = { firstMs: 2_000, limitMs: 30_000 }

export interface PendingDeps extends PairDeps {
  /** Whether the clock can be trusted; until then, dates are not looked at. */
  readonly isSynchronised: () => Promise<boolean>
  /** Told why an attempt failed, if others follow. */
  readonly onWaiting: (code: string) => void
}

/** An enrolment that set-up left for when the hospital can be reached. @throws {MalformedError} when it is damaged */
export async function readPending(path: string): Promise<Enrolment | undefined> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined
    throw cause
  })
  return text === undefined ? undefined : parseEnrolment(text)
}

/** It holds a secret that is good until the enrolment expires: mode 0600. */
export async function writePending(path: string, enrolment: Enrolment): Promise<void> {
  await writeAtomic(path, `${formatEnrolment(enrolment)}\n`)
}

export async function removePending(path: string): Promise<void> {
  await rm(path, { force: true })
  await syncDirectory(dirname(path))
}

/**
 * Pair as soon as a hospital of the enrolment can be reached and the patient has answered.
 *
 * @throws {PairingError} when it expired, or was answered with something that is not the patient's
 * @throws the signal's reason
 */
export async function pairWhenReached(
  enrolment: Enrolment,
  deps: PendingDeps,
  signal: AbortSignal,
): Promise<PairingRecord> {
  const backoff = new Backoff(RETRY)
  while (true) {
    const ignoresDates = !(await deps.isSynchronised())
    try {
      return await pair({ enrolment, ignoresDates }, deps, within(ATTEMPT_MS, signal))
    } catch (cause) {
      signal.throwIfAborted()
      if (isAbort(cause)) continue
      if (!(cause instanceof PairingError || cause instanceof HospitalError)) throw cause
      if (cause instanceof PairingError && FINAL.includes(cause.detail.code)) throw cause
      deps.onWaiting(cause.code)
    }
    await sleep(deps.clock, backoff.nextMs(), signal)
  }
}
