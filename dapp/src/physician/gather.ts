import { auditSigner, decodeAuditEntry } from '@hygeia/protocol/audit/entry'
import type { Grant } from '@hygeia/protocol/grant/grant'
import { type Address, fromHex, type Hex32, toHex } from '@hygeia/protocol/ids'
import { type ReencryptionRequest, requestDigest, signRequest } from '@hygeia/protocol/request/request'
import { parseCid } from '@hygeia/protocol/sealed/cid'
import type { Signer } from '@hygeia/protocol/signature'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import { MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import type { AccountClient } from '../hospital/client.ts'
import { HospitalError } from '../hospital/errors.ts'
import type { KnownHospital } from '../hospital/known.ts'
import { randomHex32 } from '../random.ts'
import { recoverSigner } from '../recover.ts'
import { PhysicianError } from './errors.ts'

const REQUEST_LIFE_MS = 5 * MINUTE_MS

/** A hospital that re-encrypts, and the physician's account there. */
export interface ProxyHospital {
  readonly hospital: Pick<KnownHospital, 'hospital' | 'receiptKey' | 'client'>
  readonly account: AccountClient
}

/** What one proxy answered: cfrags by capsule (hex). */
export interface ProxyCfrags {
  readonly proxy: Address
  readonly cfrags: ReadonlyMap<string, Uint8Array>
}

/**
 * Ask the proxies of a grant to re-encrypt the data keys of these batches, all in one request each.
 *
 * @param cids - 1 to 10,000
 * @returns one answer for each proxy that gave one, at least as many as the threshold
 * @throws {HospitalError} the refusal, when there is one proxy
 * @throws {PhysicianError} `TOO_FEW_PROXIES`
 */
export async function gatherCfrags(
  signer: Signer,
  realm: Realm,
  { hash, grant }: { readonly hash: Hex32; readonly grant: Grant },
  cids: readonly string[],
  proxies: readonly ProxyHospital[],
): Promise<readonly ProxyCfrags[]> {
  const named = proxies.filter(({ hospital }) =>
    grant.proxies.some((proxy) => proxy.hospital === hospital.hospital),
  )
  const [first] = named
  if (first === undefined) throw tooFew(0, grant.threshold, undefined)
  const request: ReencryptionRequest = {
    physician: signer.address,
    grant: hash,
    batches: cids.map(parseCid),
    proxies: named.map(({ hospital }) => hospital.hospital),
    nonce: randomHex32(),
    expires: (first.hospital.client.clock.now() + REQUEST_LIFE_MS) as UnixMs,
  }
  const signature = signRequest(realm, request, signer)
  const digest = toHex(requestDigest(realm, request))
  const outcomes = await Promise.allSettled(
    named.map((proxy) => ask(proxy, realm, { ...request, batches: cids }, signature, digest)),
  )
  const answers = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
  if (answers.length >= grant.threshold) return answers
  const failure = outcomes.find((outcome) => outcome.status === 'rejected')
  if (named.length === 1 && failure !== undefined) throw failure.reason
  throw tooFew(answers.length, grant.threshold, failure?.reason)
}

async function ask(
  { hospital, account }: ProxyHospital,
  realm: Realm,
  request: unknown,
  signature: Uint8Array,
  digest: string,
): Promise<ProxyCfrags> {
  const answer = await account.reencrypt(request, signature)
  // The patient is to see this request: a proxy that answers without owning to it is not to be trusted.
  const entry = decodeAuditEntry(fromHex(answer.entry))
  const signed = auditSigner(realm, entry, fromHex(answer.entrySignature), recoverSigner)
  if (entry.request !== digest || signed !== hospital.receiptKey) {
    throw new HospitalError('the hospital answered without its signed audit entry: tell the patient', {
      code: 'BAD_ANSWER',
      path: '/v1/reencryptions',
    })
  }
  const cfrags = new Map(answer.cfrags.map(({ capsule, cfrag }) => [capsule as string, fromHex(cfrag)]))
  return { proxy: hospital.hospital, cfrags }
}

function tooFew(answered: number, threshold: number, cause: unknown): PhysicianError {
  return new PhysicianError(
    `${answered} of the grant's hospitals answered, ${threshold} are needed: try again when more are up`,
    { code: 'TOO_FEW_PROXIES', answered, threshold },
    { cause },
  )
}
