import { z } from 'zod'

const Voted = z.looseObject({ votes: z.number(), majority: z.number(), isCarried: z.boolean() })
const Hospitals = z.looseObject({
  hospitals: z.array(
    z.looseObject({
      operator: z.string(),
      status: z.string(),
      api: z.string().nullable(),
      isOwn: z.boolean(),
      isAnswering: z.boolean(),
    }),
  ),
})

/** What came of a vote on `subject`, for people. @param done - what is so once a majority wants it */
export function formatVote(subject: string, done: string, json: unknown): string {
  const { votes, majority, isCarried } = Voted.parse(json)
  if (isCarried) return `${subject} ${done}`
  return `${subject}: this hospital's vote counts, ${votes} of the ${majority} that are needed; the others vote likewise`
}

/** The hospitals of the consortium, for people: one a line. */
export function formatHospitals(json: unknown): string {
  return Hospitals.parse(json)
    .hospitals.map(({ operator, status, api, isOwn, isAnswering }) => {
      const seen = isOwn ? 'this hospital' : isAnswering ? 'answers' : 'does not answer'
      const where = api ?? 'nobody introduced it here: hygeia-daemon hospitals admit CARD'
      return `${operator}  ${status.padEnd(9)}  ${seen.padEnd(15)}  ${where}`
    })
    .join('\n')
}
