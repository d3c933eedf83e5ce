import { z } from 'zod'
import { HospitalError } from './errors.ts'

/** What a hospital answers when it refuses. @see RFC 9457 */
const Problem = z.looseObject({
  title: z.string().max(500).optional(),
  detail: z.string().max(2_000).optional(),
  code: z.string().max(64).optional(),
})

/** What to do about a refusal, by its code or else by its HTTP status. */
const ADVICE: Readonly<Record<string, string>> = {
  401: 'log in again',
  403: 'this account may not do that here',
  404: 'the hospital does not have it',
  409: 'it was done already, or something else stands in its place',
  413: 'ask for less at once',
  429: 'wait a minute and try again',
  503: 'try again shortly',
  GRANT_REVOKED: 'the patient has revoked this grant; ask the patient for a new one',
  GRANT_EXPIRED: 'access under this grant has ended; ask the patient for a new one',
  GRANT_UNKNOWN: 'the hospital does not hold this grant; ask the patient to grant again',
  PHYSICIAN_NOT_ACTIVE: 'wait until the hospital has admitted you',
  PATIENT_UNKNOWN: 'run `hygeia patient register` first',
  CHAIN_STALE: 'the chain stands still; try again, and tell the hospital when it stays so',
  SERIAL_NOT_HIGHER: 'newer label keys are there already; run `hygeia patient label-keys` again',
}

/** The error that a refused request becomes: the hospital's sentence, then what to do. */
export function refusal(status: number, body: string): HospitalError {
  const problem = parse(body)
  const code = problem.code ?? `HTTP_${status}`
  const said = problem.detail ?? problem.title ?? `the hospital answered ${status}`
  const advice = ADVICE[code] ?? ADVICE[status]
  return new HospitalError(advice === undefined ? `${said} (${code})` : `${said} (${code}): ${advice}`, {
    code: 'REFUSED',
    status,
    problem: code,
  })
}

function parse(body: string): z.infer<typeof Problem> {
  try {
    return Problem.safeParse(JSON.parse(body)).data ?? {}
  } catch {
    // A proxy in between answers HTML; its status has to do.
    return {}
  }
}
