import { randomBytes } from 'node:crypto'
import { type Address, fromHex, type Hex32, parseAddress, parseHex32, toHex } from '@hygeia/protocol/ids'
import { z } from 'zod'
import type { Members } from '../consortium/members.ts'
import type { PeerCalls } from '../consortium/peer-call.ts'
import { nameOf } from '../ipfs/linked.ts'
import type { Answer } from '../replication/answers.ts'
import type { ReplicaName } from '../replication/records.ts'

const HoldingAnswers = z.strictObject({
  answers: z
    .array(
      z.strictObject({
        root: hexText(32).transform((bytes) => parseHex32(toHex(bytes))),
        origin: hexText(20).transform((bytes) => parseAddress(toHex(bytes))),
        holding: z.strictObject({ statement: hexText(512), proof: hexText(32) }).nullable(),
        anchor: hexText(1_024).nullable(),
        // Nothing of most was erased; and a hospital of a version before does not know the word.
        replacement: hexText(32)
          .refine(({ length }) => length === 32)
          .optional(),
        lost: z.literal(true).optional(),
      }),
    )
    .max(64),
})

function hexText(limitBytes: number) {
  return z
    .string()
    .max(2 + 2 * limitBytes)
    .regex(/^0x([0-9a-f]{2})*$/)
    .transform((text) => fromHex(text))
}

/** What a hospital says of manifests. @throws {ConsortiumError} `PEER_AWAY` @throws {ZodError} */
export async function askHoldings(
  calls: PeerCalls,
  operator: Address,
  question: { readonly nonce: Hex32; readonly manifests: readonly ReplicaName[] },
  signal: AbortSignal,
): Promise<readonly Answer[]> {
  const { answers } = HoldingAnswers.parse(
    await calls.call(operator, '/v1/consortium/holdings', question, signal),
  )
  return answers.map(({ root, origin, holding, anchor, replacement, lost }) => ({
    root,
    origin,
    holding: holding ?? undefined,
    anchor: anchor ?? undefined,
    replacement,
    isLost: lost === true,
  }))
}

/**
 * Digests of what is had elsewhere in the place of a manifest: by whoever anchored it, which may keep it back in any case,
 * and by others only when that hospital is no member any more, or is this one.
 */
export async function askReplacements(
  members: Pick<Members, 'others'>,
  calls: PeerCalls,
  { root, origin }: ReplicaName,
  signal: AbortSignal,
): Promise<readonly Uint8Array[]> {
  const { others } = members
  const asked = others.includes(origin) ? [origin] : others
  const said = await Promise.allSettled(
    asked.map((operator) => askAbout(calls, operator, { root, origin }, signal)),
  )
  // One of each, whatever else it says: each is looked for in the swarm.
  const digests = said.flatMap((one) => (one.status === 'fulfilled' ? (one.value?.replacement ?? []) : []))
  return [...new Map(digests.map((digest) => [nameOf(digest), digest])).values()]
}

/** Whether every other active hospital answers, and none says to have anything of a manifest. */
export async function isHeldNowhere(
  { others }: Pick<Members, 'others'>,
  calls: PeerCalls,
  name: ReplicaName,
  signal: AbortSignal,
): Promise<boolean> {
  const said = await Promise.allSettled(others.map((operator) => askAbout(calls, operator, name, signal)))
  return said.every(
    (one) =>
      one.status === 'fulfilled' &&
      one.value !== undefined &&
      one.value.holding === undefined &&
      one.value.replacement === undefined,
  )
}

/** What a hospital says of one manifest; undefined when it says nothing of it. */
async function askAbout(
  calls: PeerCalls,
  operator: Address,
  { root, origin }: ReplicaName,
  signal: AbortSignal,
): Promise<Answer | undefined> {
  const question = { nonce: toHex(randomBytes(32)) as string as Hex32, manifests: [{ root, origin }] }
  const answers = await askHoldings(calls, operator, question, signal)
  return answers.find((answer) => answer.root === root && answer.origin === origin)
}
