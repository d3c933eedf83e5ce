import { z } from 'zod'
import { ACTS_ON_ACCOUNTS, Motion, PROPOSAL_STATES } from '../../ops/proposal.ts'
import { BODY, DISK, problems } from '../documents.ts'
import { sessionOf } from '../guards.ts'
import { perAccount } from '../limits.ts'
import { requireStaff, type StaffDeps } from '../operations/guard.ts'
import type { ProposalPort } from '../operations/port.ts'
import { address, hex32, unixMs } from '../schemas.ts'
import type { App } from '../server.ts'
import { STAFF, STAFF_SECURITY } from './operations.ts'

export interface ProposalDeps extends StaffDeps {
  readonly proposals: ProposalPort
  readonly limits: { readonly staff: number }
}

const PATH = '/v1/ops/proposals'
const BODY_LIMIT_BYTES = 32 * 1024
const proposalId = z.string().regex(/^[0-9a-f]{32}$/)
const proposalShape = z
  .object({
    id: proposalId,
    act: z.enum([...ACTS_ON_ACCOUNTS, 'admit-hospital']),
    subject: address,
    api: z.string().optional().meta({ description: 'Where a hospital says that it is reached' }),
    reason: z.string(),
    proposer: address,
    at: unixMs,
    expires: unixMs,
    state: z.enum(PROPOSAL_STATES),
    decided: z.object({ by: address, at: unixMs }).optional(),
    outcome: z
      .object({ votes: z.int(), majority: z.int(), isCarried: z.boolean(), transaction: hex32 })
      .optional()
      .meta({ description: 'How the hospitals’ votes stood after this one’s' }),
    fault: z.string().optional().meta({ description: 'Why it was not done' }),
  })
  .meta({ id: 'Proposal' })

type Held = ReturnType<ProposalPort['all']>[number]

/** What takes two people: one of the staff proposes, another approves within a day. */
export function proposalRoutes(app: App, deps: ProposalDeps): void {
  const { proposals, limits } = deps
  const limited = perAccount(app, limits.staff)
  const viewing = { preParsing: [requireStaff(deps), limited] }
  const acting = { preParsing: [requireStaff(deps, 'operator'), limited] }
  const shared = { tags: ['operations'], security: STAFF_SECURITY }
  app.get(
    PATH,
    {
      ...viewing,
      schema: {
        ...shared,
        summary: 'What waits for a second person, and what came of the rest',
        description:
          'Newest first; closed ones are shown for a while. One that is interrupted may or may not have been done: propose it again to find out.',
        response: { 200: z.object({ proposals: z.array(proposalShape) }), ...problems(...STAFF) },
      },
    },
    async () => ({ proposals: proposals.all().map(shown) }),
  )
  app.post(
    PATH,
    {
      ...acting,
      bodyLimit: BODY_LIMIT_BYTES,
      schema: {
        ...shared,
        summary: 'Propose something',
        description:
          'Admission and suspension of physicians and hospitals, and votes on validators. Nothing happens until another of the staff approves it.',
        body: z.strictObject({ motion: Motion, reason: z.string().max(500).default('') }),
        response: {
          201: proposalShape,
          ...problems(...BODY, ...STAFF, ...DISK, 'OPERATORS_ONLY', 'PROPOSAL_EXISTS', 'PROPOSAL_LIMIT'),
        },
      },
    },
    async (request, reply) => {
      const { motion, reason } = request.body
      const proposal = await proposals.propose(sessionOf(request).account, motion, reason)
      return reply.code(201).send(shown(proposal))
    },
  )
  const decisions = [
    [
      'approval',
      'Approve what another proposed, and have it done',
      proposals.approve.bind(proposals),
      ['SECOND_PERSON'],
    ],
    ['rejection', 'Reject it, or take it back', proposals.reject.bind(proposals), []],
  ] as const
  for (const [noun, summary, decide, further] of decisions) {
    app.post(
      `${PATH}/:id/${noun}`,
      {
        ...acting,
        schema: {
          ...shared,
          summary,
          description:
            'Written into the log first. Of two decisions the first counts; the other is told that it is closed.',
          params: z.object({ id: proposalId }),
          response: {
            200: proposalShape,
            ...problems(
              ...STAFF,
              ...DISK,
              'OPERATORS_ONLY',
              'PROPOSAL_UNKNOWN',
              'PROPOSAL_CLOSED',
              ...further,
            ),
          },
        },
      },
      async (request) => shown(await decide(request.params.id, sessionOf(request).account)),
    )
  }
}

/** As it is shown: a card's certificate says nothing to anybody who reads. */
function shown({ motion, ...rest }: Held): z.input<typeof proposalShape> {
  const api = motion.act === 'admit-hospital' ? { api: motion.card.api } : {}
  return { ...rest, act: motion.act, subject: motion.subject, ...api } as z.input<typeof proposalShape>
}
