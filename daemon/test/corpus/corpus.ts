import { badDatagrams } from './datagrams.ts'
import { forks, lies } from './lies.ts'
import { badLogins } from './logins.ts'
import { badQuestions } from './questions.ts'
import { badShapes } from './shapes.ts'
import { type BadMessage, both, type World } from './world.ts'

/** Batches that are too large for any door; over CoAP they are refused before they are whole. */
const tooLarge: readonly BadMessage[] = [65_537, 66_100, 70_000, 131_072, 1_048_576].map((length) => ({
  name: `${length} bytes`,
  bytes: Buffer.alloc(length, 0x8e),
  expected: both('TOO_LARGE'),
}))

/**
 * Everything bad that is tried on the doors, always the same for one world.
 *
 * @param usedNonce - a log-in nonce that was used
 */
export function corpus(world: World, usedNonce: string) {
  return {
    batches: [...badShapes(world), ...lies(world)],
    tooLarge,
    forks: forks(world),
    questions: badQuestions(world),
    datagrams: badDatagrams(40_000),
    logins: badLogins(world, usedNonce),
  }
}
