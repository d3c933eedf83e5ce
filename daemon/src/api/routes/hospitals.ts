import type { Address, Hex32 } from '@hygeia/protocol/ids'
import { z } from 'zod'
import { EnodeUrl } from '../../chain/geth/enode-url.ts'
import { BODY, CHAIN, problems } from '../documents.ts'
import { requireOperator } from '../guards.ts'
import { perAddress } from '../limits.ts'
import type { BlockPlace } from '../ports.ts'
import { address, hex32, place } from '../schemas.ts'
import type { App } from '../server.ts'

/** How the votes stand after one more. */
export interface VotedPlace extends BlockPlace {
  readonly votes: number
  readonly majority: number
  readonly isCarried: boolean
}

/** A hospital as it introduces itself. */
export interface Card {
  readonly operator: Address
  readonly anchor: Address
  readonly relay: Address
  readonly receipt: Address
  readonly proxyKeyDigest: Hex32
  readonly validator: Address
  readonly api: string
  readonly ca: string
  readonly enode?: string | undefined
}

export interface GovernancePort {
  list(): readonly {
    readonly operator: Address
    readonly status: 'unknown' | 'active' | 'suspended'
    readonly api: string | undefined
    readonly isOwn: boolean
    readonly isAnswering: boolean
  }[]
  card(): Card
  invitation(): Promise<object>
  admit(card: Card): Promise<VotedPlace | 'active-already'>
  suspend(operator: Address): Promise<VotedPlace>
}

export interface HospitalsDeps {
  readonly governance: GovernancePort
  readonly operatorToken: string
  readonly limits: { readonly operator: number }
}

const BODY_LIMIT_BYTES = 32 * 1024
export const voted = place.extend({
  blockHash: hex32,
  votes: z.int().min(0).meta({ description: 'Votes that count, this one included' }),
  majority: z.int().min(0).meta({ description: 'Votes that are enough' }),
  isCarried: z.boolean(),
})
const cardSchema = z.strictObject({
  operator: address,
  anchor: address,
  relay: address,
  receipt: address,
  proxyKeyDigest: hex32,
  validator: address,
  api: z.url({ protocol: /^https$/ }).max(256),
  ca: z.string().max(16_384).startsWith('-----BEGIN CERTIFICATE-----'),
  enode: EnodeUrl.optional(),
})

/** What the operator does about the hospitals of the consortium. */
export function hospitalsRoutes(app: App, { governance, operatorToken, limits }: HospitalsDeps): void {
  const tags = ['operator']
  const security = [{ operator: [] }]
  const guarded = { preParsing: requireOperator(operatorToken), config: perAddress(limits.operator) }
  app.get(
    '/v1/operator/hospitals',
    {
      ...guarded,
      schema: {
        summary: 'Hospitals of the consortium',
        description:
          'Whoever was ever admitted and whoever was introduced here, how each stands, and whether it answers at present.',
        tags,
        security,
        response: {
          200: z.object({
            hospitals: z.array(
              z.object({
                operator: address,
                status: z.enum(['unknown', 'active', 'suspended']),
                api: z.string().nullable(),
                isOwn: z.boolean(),
                isAnswering: z.boolean(),
              }),
            ),
          }),
          ...problems('OPERATOR_ONLY'),
        },
      },
    },
    async () => ({ hospitals: governance.list().map((listed) => ({ ...listed, api: listed.api ?? null })) }),
  )
  app.get(
    '/v1/operator/card',
    {
      ...guarded,
      schema: {
        summary: 'This hospital as it introduces itself',
        description: 'What other hospitals vote on. Nothing in it is secret.',
        tags,
        security,
        response: { 200: cardSchema, ...problems('OPERATOR_ONLY') },
      },
    },
    async () => governance.card(),
  )
  app.get(
    '/v1/operator/invitation',
    {
      ...guarded,
      schema: {
        summary: 'What another hospital needs to join; it holds the key of the private swarm',
        description:
          'Genesis, Directory, key of the swarm and the cards of the hospitals that are known here: to be handed over like a key.',
        tags,
        security,
        response: { 200: z.record(z.string(), z.unknown()), ...problems('OPERATOR_ONLY', 'NO_SWARM') },
      },
    },
    async () => ({ ...(await governance.invitation()) }),
  )
  app.post(
    '/v1/operator/hospitals/admission',
    {
      ...guarded,
      bodyLimit: BODY_LIMIT_BYTES,
      schema: {
        summary: 'Remember where a hospital is reached, and vote to admit it',
        description:
          'Also to have it admitted again, or with other keys. voted is null when it is active already with these very keys.',
        tags,
        security,
        body: cardSchema,
        response: {
          200: z.object({ voted: voted.nullable() }),
          ...problems(...BODY, ...CHAIN, 'OPERATOR_ONLY', 'CONTRACT_REFUSED'),
        },
      },
    },
    async ({ body }) => {
      const outcome = await governance.admit(body)
      return { voted: outcome === 'active-already' ? null : outcome }
    },
  )
  app.post(
    '/v1/operator/hospitals/:address/suspension',
    {
      ...guarded,
      schema: {
        summary: 'Vote to suspend a hospital',
        description:
          'From the block that carries it on the hospital anchors and re-encrypts nothing; a majority has to vote likewise.',
        tags,
        security,
        params: z.object({ address }),
        response: { 200: voted, ...problems(...CHAIN, 'OPERATOR_ONLY', 'CONTRACT_REFUSED') },
      },
    },
    async ({ params }) => await governance.suspend(params.address),
  )
}
