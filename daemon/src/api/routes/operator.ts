import { z } from 'zod'
import { CHAIN, problems } from '../documents.ts'
import { requireOperator } from '../guards.ts'
import { perAddress } from '../limits.ts'
import type { OperatorPort } from '../ports.ts'
import { address } from '../schemas.ts'
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
  app.get(
    '/v1/operator/status',
    {
      ...guarded,
      schema: {
        summary: 'How this hospital is',
        tags,
        security,
        response: { 200: z.record(z.string(), z.unknown()), ...problems('OPERATOR_ONLY') },
      },
    },
    async () => await operator.status(),
  )
}
