import { type AuditEntry, auditSigner, decodeAuditEntry } from '@hygeia/protocol/audit/entry'
import type { SignedBreakGlass } from '@hygeia/protocol/emergency/emergency'
import { MalformedError } from '@hygeia/protocol/errors'
import type { Grant } from '@hygeia/protocol/grant/grant'
import { type Address, fromHex, type Hex32, toHex } from '@hygeia/protocol/ids'
import { type ReencryptionRequest, requestDigest, signRequest } from '@hygeia/protocol/request/request'
import { parseCid } from '@hygeia/protocol/sealed/cid'
import type { Signer } from '@hygeia/protocol/signature'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import { MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import type { ReencryptionAnswer } from '../hospital/answers.ts'
import { HospitalError, isRefusal } from '../hospital/errors.ts'
import type { Place } from '../hospital/place.ts'
import { randomHex32 } from '../random.ts'
import { recoverSigner } from '../recover.ts'
import type { Misconduct } from './conduct.ts'

const REQUEST_LIFE_MS = 5 * MINUTE_MS
/** Refusals that pass by themselves. */
const BUSY = ['PROXY_BUSY', 'STALE_CHAIN']
const BUSY_WAIT_MS = 1_000
const ATTEMPTS = 5

/** What one proxy answered: cfrags by capsule (hex), none of them verified yet. */
export interface ProxyCfrags {
  readonly proxy: Address
  readonly cfrags: ReadonlyMap<string, Uint8Array>
  /** CIDs of batches that it does not hold, or not yet. */
  readonly missing: ReadonlySet<string>
  /** What its audit log has of this, signed. */
  readonly entry: AuditEntry
}

/** What every proxy is asked. */
export interface Question {
  readonly signer: Signer
  readonly realm: Realm
  readonly held: {
    readonly hash: Hex32
    readonly grant: Grant
    /** Why, under a grant for emergencies. */
    readonly glass?: SignedBreakGlass | undefined
  }
  /** 1 to 10,000 */
  readonly cids: readonly string[]
}

/**
 * Ask one proxy to re-encrypt; again, under another nonce, while it is busy or its chain is late.
 *
 * @throws {HospitalError} why there is no answer, or none that can be used
 */
export async function askProxy(question: Question, proxy: Place, signal: AbortSignal): Promise<ProxyCfrags> {
  const { clock } = proxy.hospital.client
  for (let attempt = 1; ; attempt++) {
    try {
      return await askOnce(question, proxy, signal)
    } catch (cause) {
      if (attempt === ATTEMPTS || !BUSY.some((code) => isRefusal(cause, code))) throw cause
      await clock.sleep(BUSY_WAIT_MS, signal)
    }
  }
}

async function askOnce(
  { signer, realm, held, cids }: Question,
  { hospital, account }: Place,
  signal: AbortSignal,
): Promise<ProxyCfrags> {
  const request: ReencryptionRequest = {
    physician: signer.address,
    grant: held.hash,
    batches: cids.map(parseCid),
    proxies: [hospital.hospital],
    nonce: randomHex32(),
    expires: (hospital.client.clock.now() + REQUEST_LIFE_MS) as UnixMs,
  }
  const signature = signRequest(realm, request, signer)
  const answer = await account.reencrypt({ ...request, batches: cids }, signature, held.glass, signal)
  // The patient is to see this request: a proxy that answers without owning to it is not to be trusted.
  const entry = entryIn(answer, toHex(requestDigest(realm, request)), realm, hospital.receiptKey)
  if (entry === undefined) {
    throw new HospitalError('the hospital answered without its signed audit entry: tell the patient', {
      code: 'NO_AUDIT_ENTRY',
    })
  }
  return {
    proxy: hospital.hospital,
    cfrags: new Map(answer.cfrags.map(({ capsule, cfrag }) => [capsule as string, fromHex(cfrag)])),
    missing: new Set(answer.missing),
    entry,
  }
}

/** The audit entry in an answer, when it is for this request and signed by the hospital. */
function entryIn(
  answer: ReencryptionAnswer,
  digest: string,
  realm: Realm,
  receiptKey: Address,
): AuditEntry | undefined {
  try {
    const entry = decodeAuditEntry(fromHex(answer.entry))
    const signed = auditSigner(realm, entry, fromHex(answer.entrySignature), recoverSigner)
    return entry.request === digest && signed === receiptKey ? entry : undefined
  } catch (cause) {
    if (cause instanceof MalformedError) return undefined
    throw cause
  }
}

/** What an error says of the hospital that caused it. @throws whatever is no hospital's fault */
export function misconductIn(cause: unknown): Misconduct {
  if (!(cause instanceof HospitalError)) throw cause
  const { detail } = cause
  switch (detail.code) {
    case 'SILENT':
      return { code: 'SILENT', limitMs: detail.limitMs }
    case 'REFUSED':
      return { code: 'REFUSED', problem: detail.problem }
    case 'UNREACHABLE':
    case 'BAD_ANSWER':
    case 'NO_AUDIT_ENTRY':
      return { code: detail.code }
    case 'REALM_CHANGED':
    case 'KEY_SUBSTITUTED':
      return { code: 'BAD_ANSWER' }
  }
}
