import { cidOf, formatCid } from '@hygeia/protocol/sealed/cid'
import { DAY_MS, type UnixMs } from '@hygeia/protocol/units'
import { lies } from '../../daemon/test/corpus/lies.ts'
import { badShapes } from '../../daemon/test/corpus/shapes.ts'
import type { BadMessage } from '../../daemon/test/corpus/world.ts'
import { type Attack, held } from './attack.ts'
import { byCoap, byMqtt } from './doors.ts'
import type { Stage } from './stage.ts'

const forger = (does: string, pick: (stage: Stage) => readonly BadMessage[]): Attack => ({
  row: 'forgery, tampering, malleability',
  does,
  run: async (stage) => {
    const messages = pick(stage)
    if (messages.length === 0) throw new Error('nothing to forge')
    const [mqtt, coap] = [await byMqtt(stage, messages), await byCoap(stage, messages)]
    const cids = new Set(messages.map(({ bytes }) => formatCid(cidOf(bytes))))
    held(!(await holdsAny(stage, cids)), 'a forged batch is held')
    return mqtt === coap ? mqtt : `${mqtt}; CoAP: ${coap}`
  },
})

/** Whether the hospital lists any of these batches. */
async function holdsAny({ owner }: Stage, cids: ReadonlySet<string>): Promise<boolean> {
  const span = { from: 0 as UnixMs, to: (Date.now() + 2 * DAY_MS) as UnixMs }
  let cursor: string | undefined
  do {
    const page = await owner.account.batches({ ...span, cursor })
    if (page.batches.some(({ cid }) => cids.has(cid))) return true
    cursor = page.next
  } while (cursor !== undefined)
  return false
}

const named =
  (...parts: readonly string[]) =>
  ({ world }: Stage) =>
    lies(world).filter(({ name }) => parts.some((part) => name.includes(part)))

export const forgeries: readonly Attack[] = [
  forger(
    'bits flipped in header, capsule, ciphertext and signature',
    named('flipped', 'under the signature'),
  ),
  forger('signatures made malleable (high s), of zeros, of ones, of chance', (stage) =>
    named('high s', ' of zero', ' of ones', 'random signature')(stage),
  ),
  forger('batches signed for another chain, Directory or genesis', named('signed for another')),
  forger('another encoding of the same batch, and blocks that are none', ({ world }) => badShapes(world)),
]
