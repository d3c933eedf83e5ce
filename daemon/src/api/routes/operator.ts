import { z } from 'zod'
import { CHAIN, problems } from '../documents.ts'
import { requireOperator } from '../guards.ts'
import { perAddress } from '../limits.ts'
import type { OperatorPort } from '../ports.ts'
import { address, hexText } from '../schemas.ts'
import type { App } from '../server.ts'
import { voted } from './hospitals.ts'

export interface OperatorDeps {
  readonly operator: OperatorPort
  readonly operatorToken: string
  readonly limits: { readonly operator: number }
}

/** This hospital's votes, and how it is. */
export function operatorRoutes(app: App, { operator, operatorToken, limits }: OperatorDeps): void {
  const tags = ['operator']
  const security = [{ operator: [] }]
  const guarded = { preParsing: requireOperator(operatorToken), config: perAddress(limits.operator) }
  const votes = [
    ['admission', 'Vote to admit a registered physician', operator.admit.bind(operator)],
    ['suspension', 'Vote to suspend an active physician', operator.suspend.bind(operator)],
  ] as const
  for (const [noun, summary, vote] of votes) {
    app.post(
      `/v1/operator/physicians/:address/${noun}`,
      {
        ...guarded,
        schema: {
          summary,
          description:
            'Counts as this hospital’s vote; done once a majority has voted likewise, which with one hospital is at once.',
          tags,
          security,
          params: z.object({ address }),
          response: {
            200: voted,
            ...problems(...CHAIN, 'OPERATOR_ONLY', 'CONTRACT_REFUSED'),
          },
        },
      },
      async ({ params }) => await vote(params.address),
    )
  }
  app.post(
    '/v1/operator/keys/:key/rotation',
    {
      ...guarded,
      schema: {
        summary: 'Change the key of an account, or go on with that',
        description:
          'A new key is made and voted for; asked again it says how far that is. The old key counts until the vote is carried.',
        tags,
        security,
        params: z.object({ key: z.enum(['relay', 'anchor']) }),
        response: {
          200: z.object({
            address,
            isDone: z.boolean(),
            entry: z.object({
              operator: address,
              anchor: address,
              relay: address,
              receipt: address,
              proxyKeyDigest: hexText('keccak256 of the proxy key'),
            }),
          }),
          ...problems(...CHAIN, 'OPERATOR_ONLY', 'CONTRACT_REFUSED'),
        },
      },
    },
    async ({ params }) => await operator.rotate(params.key),
  )
  app.get(
    '/v1/operator/status',
    {
      ...guarded,
      schema: {
        summary: 'How this hospital is',
        description:
          'Chain, batches, replication, disk and certificate at this moment, for people and scripts on this machine.',
        tags,
        security,
        response: { 200: z.record(z.string(), z.unknown()), ...problems('OPERATOR_ONLY') },
      },
    },
    async () => await operator.status(),
  )
}
