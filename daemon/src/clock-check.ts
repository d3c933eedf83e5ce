import { CodedError } from '@hygeia/protocol/errors'
import { MINUTE_MS } from '@hygeia/protocol/units'
import type { Clock } from '@hygeia/runtime/clock'
import type { ChainEngine } from './chain/engine.ts'
import type { TlsFiles } from './init/tls-files.ts'

export type ClockFault =
  /** Behind something that this hospital itself has dated. */
  | { readonly code: 'CLOCK_BEHIND'; readonly byMs: number }
  /** After the end of the hospital's certificate, so that no device would believe it. */
  | { readonly code: 'CERTIFICATE_ENDED'; readonly end: Date }

/** The clock is far off, and everything that the hospital signs and seals would carry a wrong time. */
export class ClockError extends CodedError<ClockFault> {}

/** What a clock may be behind the newest block without being wrong: more than any drift. */
const TOLERANCE_MS = MINUTE_MS

/** @throws {ClockError} when it is before this hospital's certificate was made, or after its end */
export function checkCertificateClock(
  { notBefore, notAfter }: Pick<TlsFiles, 'notBefore' | 'notAfter'>,
  clock: Clock,
): void {
  refuseBehind(notBefore.getTime() - clock.now(), 'this hospital’s certificate')
  if (clock.now() <= notAfter.getTime()) return
  const [end, now] = [notAfter, new Date(clock.now())].map((at) => at.toISOString().slice(0, 10))
  throw new ClockError(
    `this hospital’s certificate ended on ${end}, and the clock of this machine says ${now}: set it, or make a new certificate`,
    { code: 'CERTIFICATE_ENDED', end: notAfter },
  )
}

/** @throws {ClockError} when it is before the newest block */
export function checkChainClock({ head }: Pick<ChainEngine, 'head'>, clock: Clock): void {
  refuseBehind(head.timestamp * 1_000 - clock.now(), 'the newest block')
}

function refuseBehind(byMs: number, what: string): void {
  if (byMs <= TOLERANCE_MS) return
  const minutes = Math.ceil(byMs / MINUTE_MS)
  throw new ClockError(
    `the clock of this machine is ${minutes} min behind ${what}: set it, then start again`,
    {
      code: 'CLOCK_BEHIND',
      byMs,
    },
  )
}
