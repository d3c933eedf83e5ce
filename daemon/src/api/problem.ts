import { MalformedError } from '@hygeia/protocol/errors'

interface Kind {
  readonly status: number
  readonly title: string
}

const kind = (status: number, title: string): Kind => ({ status, title })

/** Every problem that this API answers with: the one place where a code becomes an HTTP status. */
export const PROBLEMS = {
  // The request itself.
  MALFORMED: kind(400, 'Bytes or text that are not what they should be'),
  INVALID_REQUEST: kind(400, 'A field is missing or out of its range'),
  NOT_JSON: kind(400, 'The body is not JSON'),
  BAD_REQUEST: kind(400, 'Not an HTTP request that can be understood'),
  BAD_URL: kind(400, 'The address cannot be read'),
  SIGNED_OUT: kind(401, 'Not signed in, or no longer'),
  OPERATOR_ONLY: kind(401, 'Not the operator'),
  NOT_YOURS: kind(403, 'Not for this account'),
  CROSS_ORIGIN: kind(
    403,
    'A cookie speaks only for pages of this hospital; others send the token themselves',
  ),
  STAFF_ONLY: kind(403, 'Only for staff that this hospital lists'),
  OPERATORS_ONLY: kind(403, 'Only for staff who may act, not for those who only look'),
  NO_SUCH_ROUTE: kind(404, 'Nothing is served here'),
  NOT_FOUND: kind(404, 'Not held here'),
  REQUEST_TIMEOUT: kind(408, 'The request did not arrive in time'),
  BODY_TOO_LARGE: kind(413, 'The body is too large'),
  MEDIA_TYPE: kind(415, 'The body is of another type than is taken here'),
  RATE_LIMITED: kind(429, 'Too many requests'),
  HEADERS_TOO_LARGE: kind(431, 'The headers are too large'),
  INTERNAL: kind(500, 'Something went wrong here'),
  NOT_READY: kind(503, 'Not ready'),
  // Signing in.
  SIGN_IN_MALFORMED: kind(400, 'Not a Sign-In with Ethereum message'),
  SIGN_IN_WRONG_DOMAIN: kind(401, 'The message is for another host'),
  SIGN_IN_WRONG_CHAIN: kind(401, 'The message is for another chain'),
  SIGN_IN_NONCE: kind(401, 'The nonce is not good, or no longer'),
  SIGN_IN_EXPIRED: kind(401, 'The message is not valid at this time'),
  SIGN_IN_SIGNATURE: kind(401, 'The message is not signed by its account'),
  NOT_REGISTERED: kind(403, 'Neither a patient nor a physician in the Directory'),
  // Pairing.
  MAILBOX_EXPIRY: kind(400, 'The mailbox would end in the past, or too late'),
  ANSWER_NOT_GENUINE: kind(403, 'Not signed by this patient for this device'),
  MAILBOX_UNKNOWN: kind(404, 'No such mailbox'),
  OFFER_MISSING: kind(404, 'The device has not put its offer yet'),
  ANSWER_MISSING: kind(404, 'The patient has not answered yet'),
  MAILBOX_TAKEN: kind(409, 'The mailbox is taken'),
  MAILBOX_LIMIT: kind(429, 'Too many mailboxes are open'),
  // Relaying.
  STATEMENT_EXPIRED: kind(400, 'The deadline has passed'),
  STATEMENT_SIGNATURE: kind(403, 'Not signed by the account that it speaks for'),
  CONTRACT_REFUSED: kind(409, 'The contract refuses; contractError is its own name for why'),
  SIGNER_LIMIT: kind(429, 'Too many statements of one signer'),
  VALIDATORS_FIXED: kind(409, 'The engine takes no votes on validators'),
  CHAIN_UNAVAILABLE: kind(503, 'The chain does not answer'),
  CHAIN_DOWN: kind(503, 'The chain is not running'),
  RELAY_TIMEOUT: kind(504, 'Sent, but not final in time: ask again'),
  // The consortium.
  NO_SWARM: kind(409, 'This hospital keeps its blocks to itself: nobody can join'),
  // What takes two people.
  SECOND_PERSON: kind(403, 'Somebody else of the staff has to approve what this account proposed'),
  PROPOSAL_UNKNOWN: kind(404, 'No such proposal'),
  PROPOSAL_CLOSED: kind(409, 'Decided already, or past its end: propose it again'),
  PROPOSAL_EXISTS: kind(409, 'The same is proposed already, and waits'),
  PROPOSAL_LIMIT: kind(429, 'As many proposals wait as are kept: decide on some first'),
  // Live events.
  LIVE_LIMIT: kind(503, 'As many follow events as can be served: come back, or list now and then'),
  // Grants.
  CONSENT_DIFFERS: kind(400, 'The consent is for another grant than the document'),
  PROXY_DIFFERS: kind(400, 'Not for this proxy, or for another key of it'),
  GRANT_RANGE: kind(400, 'Access is over, or more than 13 months of data'),
  PARCEL_INVALID: kind(400, 'The parcel does not hold what the grant commits to'),
  KFRAG_INVALID: kind(400, 'A fragment was not dealt by this patient for this label and physician'),
  CONSENT_SIGNATURE: kind(403, 'The consent is not signed by the patient'),
  REVOCATION_SIGNATURE: kind(403, 'The revocation is not signed by the patient'),
  PATIENT_UNKNOWN: kind(403, 'Not a patient in the Directory'),
  PHYSICIAN_NOT_ACTIVE: kind(403, 'The physician is not admitted at present'),
  KEY_SIGNATURE: kind(403, 'The key is not signed by the physician'),
  GRANT_LIMIT: kind(409, 'This patient has as many grants as are kept'),
  PHYSICIAN_KEY_DIFFERS: kind(409, 'Another key is registered for this physician'),
  LABEL_KEY_DIFFERS: kind(409, 'The patient signed another key for this label'),
  // Notices.
  PUSH_REFUSED: kind(403, 'Not the address of a push service, or too many browsers of this account'),
  // Re-encryption.
  REQUEST_FOR_OTHERS: kind(400, 'Meant for other proxies'),
  REQUEST_EXPIRED: kind(400, 'Past its end, or meant to live too long'),
  REQUEST_SIGNATURE: kind(403, 'Not signed by the physician that it names'),
  GRANT_REVOKED: kind(403, 'The patient revoked this grant'),
  GRANT_EXPIRED: kind(403, 'Access under this grant has ended'),
  GRANT_NOT_YET: kind(403, 'Access under this grant begins later'),
  HOSPITAL_NOT_ACTIVE: kind(403, 'This hospital is no active member of its consortium'),
  OUTSIDE_GRANT: kind(403, 'A batch that the grant does not cover'),
  GRANT_UNKNOWN: kind(404, 'No such grant for this account'),
  BATCH_UNKNOWN: kind(404, 'A batch that is not held here for this patient'),
  GRANT_PENDING: kind(409, 'The chain does not hold the consent yet'),
  REPLAYED: kind(409, 'This request was answered before'),
  STALE_CHAIN: kind(503, 'The newest block is too old to say what stands now'),
  PROXY_BUSY: kind(503, 'As much is asked for as can be answered'),
  GRANT_SEALED: kind(403, 'For emergencies, and not opened for this, or no longer'),
  // Emergencies.
  EMERGENCY_EXPIRED: kind(400, 'Past its end, or meant to live too long'),
  EMERGENCY_SIGNATURE: kind(403, 'Not signed by the physician that it names'),
  EMERGENCY_UNKNOWN: kind(404, 'No grant for emergencies is held here for this physician'),
  EMERGENCY_NEEDS_ANOTHER: kind(409, 'Another hospital of the consortium has to sign it'),
  EMERGENCY_WAITS: kind(503, 'Somebody at this hospital has to agree first'),
  EMERGENCY_LIMIT: kind(503, 'As many emergencies wait as are kept'),
  // Erasure.
  ERASURE_EXPIRED: kind(400, 'Past its end, meant to live too long, or of a time to come'),
  ERASURE_SIGNATURE: kind(403, 'Not signed by the patient'),
  ERASURE_UNFINISHED: kind(503, 'Blocks could not be deleted; ask again, or ask the hospital why'),
  ERASURE_UNSUPPORTED: kind(501, 'This hospital keeps its blocks where it cannot delete them'),
  // Hospitals.
  HOSPITAL_UNKNOWN: kind(403, 'Not signed by the present key of an active hospital'),
  // Label keys.
  LABEL_KEYS_WRONG_PATIENT: kind(403, 'The device is not bound to this patient'),
  LABEL_KEYS_BAD_SIGNATURE: kind(403, 'Not signed by the patient'),
  LABEL_KEYS_STALE: kind(409, 'Not newer than what is held'),
  // Lists of hospitals.
  DEVICE_HOSPITALS_WRONG_PATIENT: kind(403, 'The device is not bound to this patient'),
  DEVICE_HOSPITALS_BAD_SIGNATURE: kind(403, 'Not signed by the patient'),
  DEVICE_HOSPITALS_STALE: kind(409, 'Not newer than what is held'),
  // The disk.
  STORE_DOWN: kind(503, 'The disk does not take anything at the moment'),
  STORE_FULL: kind(503, 'The disk is full'),
} as const satisfies Record<string, Kind>

export type ProblemCode = keyof typeof PROBLEMS

/** Facts of an error that its client may know; everything else stays here. */
const TOLD = ['state', 'contractError', 'label', 'limitMs', 'heldSerial', 'what', 'errors', 'checks'] as const

/** Problem details. @see RFC 9457 */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: ProblemCode
  readonly detail?: string
  readonly [fact: string]: unknown
}

/** An error that this API itself has to tell of. */
export class ApiError extends Error {
  readonly code: ProblemCode
  readonly detail: Readonly<Record<string, unknown>>

  constructor(code: ProblemCode, facts: Readonly<Record<string, unknown>> = {}) {
    super(PROBLEMS[code].title)
    this.name = 'ApiError'
    this.code = code
    this.detail = facts
  }
}

/** What a client is told of `cause`, and after how many seconds it may come again. */
export function problemOf(cause: unknown): { readonly problem: Problem; readonly retryAfterSec?: number } {
  const code = codeOf(cause)
  const facts = Object(Object(cause).detail) as Record<string, unknown>
  const { status, title } = PROBLEMS[code]
  const told = Object.fromEntries(TOLD.flatMap((name) => (name in facts ? [[name, facts[name]]] : [])))
  const detail = cause instanceof MalformedError ? { detail: cause.message } : {}
  const problem = { type: `urn:hygeia:problem:${code}`, title, status, code, ...detail, ...told }
  const { retryAfterSec } = facts
  return typeof retryAfterSec === 'number' ? { problem, retryAfterSec } : { problem }
}

/** Codes of the HTTP framework, as ours. */
const FRAMEWORK: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_VALIDATION: 'INVALID_REQUEST',
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'MEDIA_TYPE',
  FST_ERR_CTP_EMPTY_TYPE: 'MEDIA_TYPE',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'NOT_JSON',
  FST_ERR_CTP_INVALID_JSON_BODY: 'NOT_JSON',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'BAD_REQUEST',
  FST_ERR_BAD_URL: 'BAD_URL',
  FST_ERR_MAX_PARAM_LENGTH: 'BAD_URL',
  FST_ERR_NOT_FOUND: 'NO_SUCH_ROUTE',
}

function codeOf(cause: unknown): ProblemCode {
  const { code, statusCode } = Object(cause) as { code?: unknown; statusCode?: unknown }
  if (typeof code === 'string') {
    if (Object.hasOwn(PROBLEMS, code)) return code as ProblemCode
    const known = Object.hasOwn(FRAMEWORK, code) ? FRAMEWORK[code] : undefined
    if (known !== undefined) return known
  }
  return statusCode === 400 ? 'BAD_REQUEST' : 'INTERNAL'
}
