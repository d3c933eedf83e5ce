import { auditSigner, decodeAuditEntry } from '@hygeia/protocol/audit/entry'
import type { Grant } from '@hygeia/protocol/grant/grant'
import { type Address, fromHex, type Hex32, toHex } from '@hygeia/protocol/ids'
import { type ReencryptionRequest, requestDigest, signRequest } from '@hygeia/protocol/request/request'
import { parseCid } from '@hygeia/protocol/sealed/cid'
import type { Signer } from '@hygeia/protocol/signature'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import { MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import type { AccountClient } from '../hospital/client.ts'
import { HospitalError, isRefusal } from '../hospital/errors.ts'
import type { KnownHospital } from '../hospital/known.ts'
import { randomHex32 } from '../random.ts'
import { recoverSigner } from '../recover.ts'
import { PhysicianError } from './errors.ts'

const REQUEST_LIFE_MS = 5 * MINUTE_MS
/** Refusals that pass by themselves. */
const BUSY = ['PROXY_BUSY', 'STALE_CHAIN']
const BUSY_WAIT_MS = 1_000
const ATTEMPTS = 5

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
 * Ask the proxies of a grant to re-encrypt the data keys of these batches, all in one request each. A proxy that is
 * busy, or whose chain is late, is asked again.
 *
 * @param cids - 1 to 10,000
 * @returns one answer for each proxy that gave one, at least as many as the threshold
 * @throws {HospitalError} the refusal, when there is one proxy
 * @throws {PhysicianError} `TOO_FEW_PROXIES`
 */
export async function gatherCfrags(
  signer: Signer,
  realm: Realm,
  held: { readonly hash: Hex32; readonly grant: Grant },
  cids: readonly string[],
  proxies: readonly ProxyHospital[],
): Promise<readonly ProxyCfrags[]> {
  const named = proxies.filter(({ hospital }) =>
    held.grant.proxies.some((proxy) => proxy.hospital === hospital.hospital),
  )
  const { threshold } = held.grant
  const answers: ProxyCfrags[] = []
  let waiting = named
  let failure: unknown
  for (let attempt = 1; attempt <= ATTEMPTS && waiting.length > 0; attempt++) {
    const outcomes = await requestOnce(signer, realm, held.hash, cids, waiting)
    answers.push(...outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : [])))
    const reasons = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason : undefined))
    failure = reasons.find((reason) => reason !== undefined) ?? failure
    if (answers.length >= threshold) return answers
    waiting = waiting.filter((_, index) => BUSY.some((code) => isRefusal(reasons[index], code)))
    if (attempt < ATTEMPTS && waiting.length > 0) {
      await waiting[0]?.hospital.client.clock.sleep(BUSY_WAIT_MS, new AbortController().signal)
    }
  }
  if (named.length === 1 && failure !== undefined) throw failure
  throw new PhysicianError(
    `${answers.length} of the grant's hospitals answered, ${threshold} are needed: try again when more are up`,
    { code: 'TOO_FEW_PROXIES', answered: answers.length, threshold },
    { cause: failure },
  )
}

/** One request to all of them, under a nonce of its own: proxies answer no nonce twice. */
function requestOnce(
  signer: Signer,
  realm: Realm,
  grant: Hex32,
  cids: readonly string[],
  proxies: readonly ProxyHospital[],
): Promise<PromiseSettledResult<ProxyCfrags>[]> {
  const now = proxies[0]?.hospital.client.clock.now() ?? 0
  const request: ReencryptionRequest = {
    physician: signer.address,
    grant,
    batches: cids.map(parseCid),
    proxies: proxies.map(({ hospital }) => hospital.hospital),
    nonce: randomHex32(),
    expires: (now + REQUEST_LIFE_MS) as UnixMs,
  }
  const signature = signRequest(realm, request, signer)
  const digest = toHex(requestDigest(realm, request))
  return Promise.allSettled(
    proxies.map((proxy) => ask(proxy, realm, { ...request, batches: cids }, signature, digest)),
  )
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
