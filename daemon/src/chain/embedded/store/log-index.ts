import { logAddressPrefix, logTopicPrefix, numberAtEnd, withNumber } from './keys.ts'
import type { LevelFile, Put } from './level.ts'
import type { StoredReceipt } from './receipts.ts'

const NOTHING = new Uint8Array(0)

/** One entry per address, and per topic and position, that a block's logs carry; written with the block. */
export function logIndexPuts(number: number, receipts: readonly StoredReceipt[]): Put[] {
  const puts = new Map<string, Put>()
  const add = (prefix: Uint8Array) => {
    const key = withNumber(prefix, number)
    puts.set(Buffer.from(key).toString('latin1'), { key, value: NOTHING })
  }
  for (const { logs } of receipts) {
    for (const { address, topics } of logs) {
      add(logAddressPrefix(address))
      topics.forEach((topic, position) => {
        add(logTopicPrefix(position, topic))
      })
    }
  }
  return [...puts.values()]
}

/**
 * Numbers of the blocks from `from` to `to` whose logs carry any of `prefixes`, ascending.
 *
 * @throws {RangeError} when there are more than `limit`
 */
export async function indexedBlocks(
  level: LevelFile,
  prefixes: readonly Uint8Array[],
  { from, to, limit }: { from: number; to: number; limit: number },
): Promise<number[]> {
  const found = new Set<number>()
  for (const prefix of prefixes) {
    for await (const key of level.keys(withNumber(prefix, from), withNumber(prefix, to))) {
      found.add(numberAtEnd(key))
      if (found.size > limit) throw new RangeError(`more than ${limit} blocks hold such logs`)
    }
  }
  return [...found].sort((a, b) => a - b)
}
