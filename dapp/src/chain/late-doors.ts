import { SECOND_MS } from '@hygeia/protocol/units'
import { z } from 'zod'
import type { Clock } from '../clock.ts'
import type { Transport } from '../hospital/transport.ts'
import { within } from '../hospital/within.ts'

/** An address that answers JSON-RPC. */
export interface ChainDoor {
  readonly transport: Transport
  readonly path: string
}

/** A door that shows an older chain than the others do, or one from the future: what was taken back may stand there still. */
export interface LateDoor {
  readonly base: string
  /** Its head is so much older than the newest that another shows, s; below 0 when it is ahead of the clock. */
  readonly behindSec: number
}

/** Hospitals that follow the same chain differ by a block or two, and by what their answers take. */
const LATE_SEC = 60
const LOOK_LIMIT_MS = 3_000
const HEAD = { jsonrpc: '2.0', id: 1, method: 'eth_getBlockByNumber', params: ['latest', false] }
const Head = z.looseObject({
  result: z.looseObject({ timestamp: z.string().regex(/^0x[0-9a-f]{1,12}$/) }),
})

export interface Sight {
  /** In the order given, those that say nothing now after the others. */
  readonly usable: readonly ChainDoor[]
  readonly late: readonly LateDoor[]
}

/**
 * Look which of several doors show an old chain.
 *
 * Who says nothing is not late. A head from the future does not count as the newest, else one door could make all others
 * look late; that all together are late is said by no clock but a wrong one of ours, and then all are usable.
 */
export async function lookAt(doors: readonly ChainDoor[], clock: Clock): Promise<Sight> {
  const seen = await Promise.all(
    doors.map(async (door) => ({ door, head: await headOf(door).catch(() => undefined) })),
  )
  const nowSec = clock.now() / SECOND_MS
  const isPossible = (head: number) => head <= nowSec + LATE_SEC
  const newest = Math.max(...seen.map(({ head = 0 }) => (isPossible(head) ? head : 0)))
  const fresh: ChainDoor[] = []
  const silent: ChainDoor[] = []
  const late: LateDoor[] = []
  for (const { door, head } of seen) {
    const { base } = door.transport
    if (head === undefined) silent.push(door)
    else if (!isPossible(head)) late.push({ base, behindSec: Math.round(nowSec - head) })
    else if (head < newest - LATE_SEC) late.push({ base, behindSec: newest - head })
    else fresh.push(door)
  }
  return { usable: late.length === doors.length ? doors : [...fresh, ...silent], late }
}

async function headOf({ transport, path }: ChainDoor): Promise<number> {
  const { result } = await within(LOOK_LIMIT_MS, transport.base, (signal) =>
    transport.json(path, Head, { method: 'POST', json: HEAD, signal }),
  )
  return Number(result.timestamp)
}
