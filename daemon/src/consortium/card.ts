import { CodedError } from '@hygeia/protocol/errors'
import type { Address, Hex32 } from '@hygeia/protocol/ids'
import { z } from 'zod'
import { EnodeUrl } from '../chain/geth/enode-url.ts'

const CA_LIMIT = 16_384
const address = z
  .string()
  .regex(/^0x[0-9a-f]{40}$/, 'not 0x and 40 lower-case hex digits')
  .transform((text) => text as Address)
const hex32 = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/, 'not 0x and 64 lower-case hex digits')
  .transform((text) => text as Hex32)

/**
 * A hospital as it introduces itself to the others: the keys that they vote on, and where it is reached. Nothing in
 * it is secret; that it comes from that hospital, people make sure of.
 */
export const HospitalCard = z.strictObject({
  operator: address,
  anchor: address,
  relay: address,
  receipt: address,
  proxyKeyDigest: hex32,
  /** Seals blocks where the engine has several signers. */
  validator: address,
  /** `https://host:port` */
  api: z.url({ protocol: /^https$/ }).max(256),
  /** PEM of the CA that its API is pinned to. */
  ca: z.string().max(CA_LIMIT).startsWith('-----BEGIN CERTIFICATE-----'),
  /** Where its geth is reached, if it runs one. */
  enode: EnodeUrl.optional(),
})
export type HospitalCard = z.infer<typeof HospitalCard>

/** All that a hospital needs to join: it holds the key of the private swarm, so it is handed over like a key. */
export const Invitation = z.strictObject({
  version: z.literal(1),
  /** geth's genesis JSON. */
  genesis: z.looseObject({ gasLimit: z.string() }),
  /** The permanent Directory contract. */
  directory: address,
  /** Text of `swarm.key`. */
  swarmKey: z.string().max(1_024),
  /** Hospitals to follow from the first moment on: who invites, and whom it knows. */
  hospitals: z.array(HospitalCard).min(1).max(64),
  /** JSON-RPC of a chain that runs already, for the `rpc` engine; without it, who joins runs geth. */
  rpc: z.url().optional(),
})
export type Invitation = z.infer<typeof Invitation>

export type ConsortiumFault =
  /** `problems` names each field at fault. */
  | { readonly code: 'CARD_INVALID'; readonly problems: readonly string[] }
  /** An invitation is made from a swarm key, and there is none. */
  | { readonly code: 'NO_SWARM' }
  /** The hospital does not answer, or not as it should. */
  | { readonly code: 'PEER_AWAY'; readonly hospital: Address }

export class ConsortiumError extends CodedError<ConsortiumFault> {}

/** @throws {ConsortiumError} `CARD_INVALID` */
export function parseCard(json: unknown): HospitalCard {
  return parsed(HospitalCard, json, 'the card of a hospital')
}

/** @throws {ConsortiumError} `CARD_INVALID` */
export function parseInvitation(json: unknown): Invitation {
  return parsed(Invitation, json, 'an invitation')
}

function parsed<T>(schema: z.ZodType<T>, json: unknown, what: string): T {
  const result = schema.safeParse(json)
  if (result.success) return result.data
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.') || 'all'}: ${message}`)
  throw new ConsortiumError(`not ${what}: ${problems.join('; ')}`, { code: 'CARD_INVALID', problems })
}
