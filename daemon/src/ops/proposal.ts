import type { Address, Hex32 } from '@hygeia/protocol/ids'
import { z } from 'zod'

const hex = (bytes: number) =>
  z.string().regex(new RegExp(`^0x[0-9a-f]{${bytes * 2}}$`), `not 0x and ${bytes * 2} lower-case hex digits`)
const address = hex(20) as unknown as z.ZodType<Address, Address>
const digest = hex(32) as unknown as z.ZodType<Hex32, Hex32>

/** Acts on an account, for which this hospital's word takes two people. */
export const ACTS_ON_ACCOUNTS = [
  'admit-physician',
  'suspend-physician',
  'suspend-hospital',
  'admit-validator',
  'remove-validator',
  'discard-validator-vote',
] as const

/** What is asked for. */
export const Motion = z.discriminatedUnion('act', [
  z.strictObject({ act: z.enum(ACTS_ON_ACCOUNTS), subject: address }),
  z
    .strictObject({
      act: z.literal('admit-hospital'),
      /** Its operator account, as on the card. */
      subject: address,
      card: z.strictObject({
        operator: address,
        anchor: address,
        relay: address,
        receipt: address,
        proxyKeyDigest: digest,
        validator: address,
        api: z.url({ protocol: /^https$/ }).max(256),
        ca: z.string().max(16_384).startsWith('-----BEGIN CERTIFICATE-----'),
        enode: z.string().max(512).optional(),
      }),
    })
    .refine(({ subject, card }) => subject === card.operator, 'the subject is not the operator on the card'),
])
export type Motion = z.infer<typeof Motion>

/**
 * `approved` while it is being carried out; `interrupted` when the process ended before it was known what came of that:
 * then the vote may or may not have been cast, and proposing it again finds out.
 */
export const PROPOSAL_STATES = [
  'open',
  'approved',
  'carried-out',
  'failed',
  'rejected',
  'expired',
  'interrupted',
] as const
export type ProposalState = (typeof PROPOSAL_STATES)[number]

export const Proposal = z.strictObject({
  /** 16 random bytes, hex. */
  id: z.string().regex(/^[0-9a-f]{32}$/),
  motion: Motion,
  /** In the proposer's words, for whoever approves. */
  reason: z.string().max(500),
  proposer: address,
  at: z.int().min(0),
  expires: z.int().min(0),
  state: z.enum(PROPOSAL_STATES),
  /** Who approved or rejected it, and when. */
  decided: z.strictObject({ by: address, at: z.int().min(0) }).optional(),
  /** How the votes then stood, where it is voted on. */
  outcome: z
    .strictObject({
      votes: z.int().min(0),
      majority: z.int().min(0),
      isCarried: z.boolean(),
      transaction: digest,
    })
    .optional(),
  /** Code of why it failed. */
  fault: z.string().max(64).optional(),
})
export type Proposal = z.infer<typeof Proposal>
