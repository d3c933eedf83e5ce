import type { Hex32 } from '@hygeia/protocol/ids'
import t from 'tap'
import { displacedAnchors } from '../../../src/anchor/displaced.ts'
import type { AnchorRecord } from '../../../src/store/anchors.ts'

/** Anchors of ten batches each, one to a block; `open` ones have no statement. */
function anchors(count: number, open = 0) {
  const records = Array.from({ length: count }, (_, index) => {
    const blockNumber = index + 1
    const final =
      index < count - open ? { anchor: { blockNumber, blockHash: `0x${blockNumber}` }, at: 0 } : undefined
    return { first: index * 10 + 1, last: index * 10 + 10, root: `0x${index}`, manifest: '0x', final }
  }) as unknown as AnchorRecord[]
  return {
    before: async (last: number, limit: number) =>
      records
        .filter((record) => record.last < last)
        .reverse()
        .slice(0, limit),
  }
}

/** A chain that holds each anchor where it was, but for those in blocks from `from` on. */
function chain(from: number) {
  const asked: number[] = []
  const placeOf = async ({ final, last }: AnchorRecord) => {
    const blockNumber = final?.anchor.blockNumber ?? 0
    asked.push(last)
    const blockHash = `${blockNumber < from ? '' : '0xother'}${final?.anchor.blockHash}` as Hex32
    return { transaction: '0x' as Hex32, blockNumber, blockHash }
  }
  return { asked, placeOf }
}

t.test('what stands in replaced blocks is found, and nothing before them is asked for', async (t) => {
  const { asked, placeOf } = chain(150)
  const displaced = await displacedAnchors(150, { anchors: anchors(200), placeOf })
  t.same(
    displaced.map(({ final }) => final?.anchor.blockNumber),
    Array.from({ length: 51 }, (_, index) => 200 - index),
  )
  t.equal(asked.length, 51)
})

t.test('in replaced blocks too, what was mined at the same place again stays', async (t) => {
  const { placeOf } = chain(190)
  const displaced = await displacedAnchors(150, { anchors: anchors(200), placeOf })
  t.equal(displaced.length, 11)
})

t.test('when nobody knows since when, the first that stands vouches for those before', async (t) => {
  const { asked, placeOf } = chain(198)
  const displaced = await displacedAnchors(undefined, { anchors: anchors(200, 2), placeOf })
  t.equal(displaced.length, 1)
  t.equal(asked.length, 2, 'and open ones are not asked for')
})

t.test('an anchor that is nowhere is displaced, and so may be all of them', async (t) => {
  const nowhere = async () => undefined
  const displaced = await displacedAnchors(undefined, { anchors: anchors(130), placeOf: nowhere })
  t.equal(displaced.length, 130)
  t.same(await displacedAnchors(undefined, { anchors: anchors(0), placeOf: nowhere }), [])
})
