import { sameBytes } from '@hygeia/protocol/cbor'
import { MalformedError } from '@hygeia/protocol/errors'
import type { Hex32 } from '@hygeia/protocol/ids'
import { REQUEST_BATCH_LIMIT } from '@hygeia/protocol/request/request'
import { cidOf, parseCid } from '@hygeia/protocol/sealed/cid'
import { decodeSealed } from '@hygeia/protocol/sealed/codec'
import type { UnixMs } from '@hygeia/protocol/units'
import type { ListedBatch } from '../hospital/answers.ts'
import { BATCHES_LIMIT, type ListQuery } from '../hospital/client.ts'
import type { Place } from '../hospital/place.ts'
import { within } from '../hospital/within.ts'
import { misconductIn } from './ask.ts'
import type { Conduct } from './conduct.ts'
import type { BatchFault } from './errors.ts'
import type { NamedGrant } from './opening.ts'
import type { Block } from './vouch.ts'

const LIST_LIMIT_MS = 15_000
/** 64 KiB a block at the most, over a slow line. */
const blocksLimitMs = (count: number) => 15_000 + 20 * count

/** Half open, by the times that the batches' headers name. */
export interface TimeRange {
  readonly from: UnixMs
  readonly to: UnixMs
}

/** A patient's batches, from whichever of the hospitals gives them: what one keeps back, the next is asked for. */
export class Library {
  readonly #hospitals: readonly Place[]
  readonly #conduct: Conduct

  /** @param hospitals - the first is asked first */
  constructor(hospitals: readonly Place[], conduct: Conduct) {
    this.#hospitals = hospitals
    this.#conduct = conduct
  }

  /**
   * What there is under a grant, in chunks that one request may ask for, each batch once.
   *
   * @throws {HospitalError} what the last hospital said, when none lists anything
   */
  list(held: NamedGrant, range: TimeRange): AsyncGenerator<readonly ListedBatch[]> {
    const from = Math.max(range.from, held.grant.dataFrom) as UnixMs
    const to = Math.min(range.to, held.grant.dataTo) as UnixMs
    return this.#list({ from, to }, held.hash)
  }

  /** The same of the account's own devices. */
  listOwn(range: TimeRange): AsyncGenerator<readonly ListedBatch[]> {
    return this.#list(range)
  }

  async *#list({ from, to }: TimeRange, grant?: Hex32): AsyncGenerator<readonly ListedBatch[]> {
    if (to <= from) return
    const seen = new Set<string>()
    const [...order] = this.#ranked
    for (const [index, hospital] of order.entries()) {
      try {
        for await (const chunk of pages(hospital, { ...(grant && { grant }), from, to })) {
          const fresh = chunk.filter(({ cid }) => !seen.has(cid))
          for (const { cid } of fresh) seen.add(cid)
          if (fresh.length > 0) yield fresh
        }
        return
      } catch (cause) {
        this.#conduct.saw(hospital.hospital.hospital, misconductIn(cause))
        if (index === order.length - 1) throw cause
      }
    }
  }

  /** @param cids - no more than one bulk request holds @returns in the same order */
  async blocks(cids: readonly string[]): Promise<readonly (Block | BatchFault)[]> {
    const found: (Block | BatchFault)[] = cids.map(() => ({ code: 'NOT_GIVEN' }))
    let failure: unknown
    let hasAnswered = false
    for (const hospital of this.#ranked) {
      const wanted = [...found.keys()].filter((index) => !isBlock(found[index]))
      if (wanted.length === 0) break
      const names = wanted.map((index) => cids[index] ?? '')
      try {
        const bytes = await within(
          blocksLimitMs(names.length),
          hospital.hospital.client.transport.base,
          (signal) => hospital.account.blocks(names, signal),
        )
        hasAnswered = true
        for (const [position, index] of wanted.entries()) {
          const read = readBlock(names[position] ?? '', bytes[position])
          if (!isBlock(read) && read.code === 'WRONG_BLOCK') {
            this.#conduct.saw(hospital.hospital.hospital, { code: 'WRONG_BLOCKS' })
          }
          // Of two reasons the one that says more.
          if (isBlock(read) || read.code !== 'NOT_GIVEN') found[index] = read
        }
      } catch (cause) {
        this.#conduct.saw(hospital.hospital.hospital, misconductIn(cause))
        failure = cause
      }
    }
    if (!hasAnswered && failure !== undefined) throw failure
    return found
  }

  get #ranked(): readonly Place[] {
    return this.#conduct.ranked(this.#hospitals, ({ hospital }) => hospital.hospital)
  }
}

export function isBlock(read: Block | BatchFault | undefined): read is Block {
  return read !== undefined && 'sealed' in read
}

async function* pages(
  { account, hospital }: Place,
  wanted: ListQuery,
): AsyncGenerator<readonly ListedBatch[]> {
  let cursor: string | undefined
  let chunk: ListedBatch[] = []
  do {
    const query = { ...wanted, cursor, limit: BATCHES_LIMIT }
    const page = await within(LIST_LIMIT_MS, hospital.client.transport.base, (signal) =>
      account.batches(query, signal),
    )
    cursor = page.next
    if (chunk.length + page.batches.length > REQUEST_BATCH_LIMIT) {
      yield chunk
      chunk = []
    }
    chunk.push(...page.batches)
  } while (cursor !== undefined)
  if (chunk.length > 0) yield chunk
}

function readBlock(name: string, bytes: Uint8Array | undefined): Block | BatchFault {
  if (bytes === undefined) return { code: 'NOT_GIVEN' }
  const cid = cidOf(bytes)
  if (!sameBytes(cid, parseCid(name))) return { code: 'WRONG_BLOCK' }
  try {
    return { name, cid, sealed: decodeSealed(bytes) }
  } catch (cause) {
    if (cause instanceof MalformedError) return { code: 'MALFORMED' }
    throw cause
  }
}
