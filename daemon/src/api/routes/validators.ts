import type { Address } from '@hygeia/protocol/ids'
import { z } from 'zod'
import { problems } from '../documents.ts'
import { requireOperator } from '../guards.ts'
import { perAddress } from '../limits.ts'
import type { ValidatorsPort } from '../ports.ts'
import { address } from '../schemas.ts'
import type { App } from '../server.ts'

export interface ValidatorsDeps {
  readonly validators: ValidatorsPort
  readonly operatorToken: string
  readonly limits: { readonly operator: number }
}

const PATH = '/v1/operator/validators'

const listed = z.object({
  validators: z.array(z.object({ address, sealed: z.int().optional() })).readonly(),
  blocks: z.int(),
  proposals: z.array(z.object({ address, admit: z.boolean() })).readonly(),
})

/** This hospital's votes on who seals blocks. */
export function validatorsRoutes(app: App, { validators, operatorToken, limits }: ValidatorsDeps): void {
  const guarded = { preParsing: requireOperator(operatorToken), config: perAddress(limits.operator) }
  const shared = { tags: ['operator'], security: [{ operator: [] }] }
  const failures = problems('OPERATOR_ONLY', 'VALIDATORS_FIXED', 'CHAIN_DOWN')
  app.get(
    PATH,
    {
      ...guarded,
      schema: {
        ...shared,
        summary: 'Who seals blocks',
        description:
          'Each validator, how many of the last blocks it sealed, and what this hospital votes for.',
        response: { 200: listed, ...failures },
      },
    },
    async () => await validators.list(),
  )
  const votes: readonly ['POST' | 'DELETE', string, string, (validator: Address) => Promise<void>][] = [
    ['POST', 'admission', 'Vote for a validator with every block', (it) => validators.propose(it, true)],
    ['POST', 'removal', 'Vote against a validator with every block', (it) => validators.propose(it, false)],
    ['DELETE', 'proposal', 'Vote no more on a validator', (it) => validators.discard(it)],
  ]
  for (const [method, noun, summary, vote] of votes) {
    app.route({
      method,
      url: `${PATH}/:address/${noun}`,
      ...guarded,
      schema: {
        ...shared,
        summary,
        description:
          'Counts with the blocks that this hospital seals, until a majority agrees or the vote is taken back.',
        params: z.object({ address }),
        response: { 200: z.object({}), ...failures },
      },
      handler: async ({ params }) => {
        await vote(params.address)
        return {}
      },
    })
  }
}
