import { z } from 'zod'

const List = z.looseObject({
  validators: z.array(z.looseObject({ address: z.string(), sealed: z.number().optional() })),
  blocks: z.number(),
  proposals: z.array(z.looseObject({ address: z.string(), admit: z.boolean() })),
})

/** Who seals, for people. */
export function formatValidators(json: unknown): string {
  const { validators, blocks, proposals } = List.parse(json)
  const lines = validators.map(({ address, sealed }) =>
    sealed === undefined ? address : `${address}  sealed ${sealed} of the last ${blocks} blocks`,
  )
  const votes = proposals.map(
    ({ address, admit }) => `${address}  this hospital votes it ${admit ? 'in' : 'out'}`,
  )
  return [
    `${validators.length} validators, ${Math.floor(validators.length / 2) + 1} make a majority`,
    ...lines,
    ...votes,
  ].join('\n')
}
