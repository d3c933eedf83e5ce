import { z } from 'zod'
import { HospitalError } from './errors.ts'

/** What a hospital answers when it refuses. @see RFC 9457 */
const Problem = z.looseObject({
  title: z.string().max(500).optional(),
  detail: z.string().max(2_000).optional(),
  code: z.string().max(64).optional(),
  /** Name of the contract's own error. */
  contractError: z.string().max(64).optional(),
})

/** What to do about a refusal, by its code or else by its HTTP status. @see daemon/src/api/problem.ts */
const ADVICE: Readonly<Record<string, string>> = {
  401: 'log in again',
  403: 'this account may not do that here',
  409: 'it was done already, or something else stands in its place',
  413: 'ask for less at once',
  429: 'wait a minute and try again',
  503: 'try again shortly',
  BATCH_UNKNOWN: 'list the batches again',
  GRANT_EXPIRED: 'ask the patient for a new one',
  GRANT_LIMIT: 'revoke grants that are no longer needed',
  GRANT_NOT_YET: 'wait until access begins',
  GRANT_PENDING: 'wait for the next block and try again',
  EMERGENCY_NEEDS_ANOTHER: 'another hospital of the consortium has to sign',
  EMERGENCY_UNKNOWN: 'use a grant that the patient gave for emergencies',
  EMERGENCY_WAITS: 'ask somebody there to run `hygeia-daemon emergencies`',
  GRANT_SEALED: 'run `hygeia physician break-glass`',
  GRANT_REVOKED: 'ask the patient for a new one',
  GRANT_UNKNOWN: 'ask the patient to grant it here',
  LABEL_KEY_DIFFERS: 'run `hygeia patient label-keys`, then grant again',
  LABEL_KEYS_STALE: 'run `hygeia patient label-keys` again',
  DEVICE_HOSPITALS_STALE: 'run `hygeia patient hospitals` again',
  NOT_REGISTERED: 'run `hygeia patient register` or `hygeia physician register` first',
  PATIENT_UNKNOWN: 'run `hygeia patient register` first',
  HOSPITAL_NOT_ACTIVE: 'ask another hospital of the consortium: this one is suspended',
  PHYSICIAN_NOT_ACTIVE: 'wait until the hospital has admitted the physician',
  RELAY_TIMEOUT: 'do it again, what was sent is found',
  REQUEST_EXPIRED: 'set this machine’s clock',
  SIGN_IN_EXPIRED: 'set this machine’s clock',
  SIGN_IN_WRONG_DOMAIN: 'use the address that the hospital knows itself by',
  STALE_CHAIN: 'tell the hospital when it stays so',
  STATEMENT_EXPIRED: 'set this machine’s clock',
}

/** The error that a refused request becomes: the hospital's sentence, then what to do. */
export function refusal(status: number, body: string): HospitalError {
  const problem = parse(body)
  const code = problem.code ?? `HTTP_${status}`
  const name = problem.contractError ?? code
  const said = problem.detail ?? problem.title ?? `the hospital answered ${status}`
  const advice = ADVICE[code] ?? ADVICE[status]
  return new HospitalError(advice === undefined ? `${said} (${name})` : `${said} (${name}): ${advice}`, {
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
