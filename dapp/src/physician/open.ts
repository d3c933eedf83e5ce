import type { Batch } from '@hygeia/protocol/batch/batch'
import { decodeBatch } from '@hygeia/protocol/batch/codec'
import { sameBytes } from '@hygeia/protocol/cbor'
import { MalformedError } from '@hygeia/protocol/errors'
import type { Grant } from '@hygeia/protocol/grant/grant'
import type { Address, Hex32 } from '@hygeia/protocol/ids'
import { REQUEST_BATCH_LIMIT } from '@hygeia/protocol/request/request'
import { cidOf, parseCid } from '@hygeia/protocol/sealed/cid'
import { decodeSealed } from '@hygeia/protocol/sealed/codec'
import type { SealedBatch } from '@hygeia/protocol/sealed/header'
import { openSealed } from '@hygeia/protocol/sealed/seal'
import { sealedDigester } from '@hygeia/protocol/sealed/signing'
import type { UnixMs } from '@hygeia/protocol/units'
import type { DeviceRecord } from '../chain/directory.ts'
import type { ListedBatch } from '../hospital/answers.ts'
import { BATCHES_LIMIT, BLOCKS_LIMIT } from '../hospital/client.ts'
import { DataKeys } from './data-keys.ts'
import { Dater, type Dating } from './dating.ts'
import type { BatchFault } from './errors.ts'
import { gatherCfrags, type ProxyCfrags, type ProxyHospital } from './gather.ts'
import type { Physician } from './physician.ts'
import { type Block, bySequence, standingOf, unvouched } from './vouch.ts'

export interface OpenRange {
  readonly from: UnixMs
  readonly to: UnixMs
  /** Told after every few batches: done, and how many are known of so far. */
  readonly onProgress?: (done: number, known: number) => void
}

/** One batch in clear, dated. */
export interface OpenedBatch extends Dating {
  readonly cid: string
  readonly patient: Address
  readonly header: SealedBatch
  readonly batch: Batch
  readonly fault?: never
}

/** One batch that was listed and could not be opened, and why. */
export interface UnopenedBatch {
  readonly cid: string
  readonly device: Address
  readonly fault: BatchFault
}

export type Opened = OpenedBatch | UnopenedBatch

/**
 * Open what a patient's grant lets this physician open of a range of time.
 *
 * Streams: some thousand batches are in memory at a time. Each block is checked against its CID, each device's
 * signatures and standing on the chain, each cfrag against capsule and keys; what fails is yielded as a fault and
 * the rest goes on. Batches come in the order in which each device sealed them.
 *
 * @param proxies - the grant's hospitals that this physician can reach; the first lists and serves the blocks
 * @throws {HospitalError} when a hospital refuses: revoked and expired grants end here
 */
export async function* openGrant(
  physician: Physician,
  held: { readonly hash: Hex32; readonly grant: Grant },
  range: OpenRange,
  proxies: readonly ProxyHospital[] = [physician],
): AsyncGenerator<Opened> {
  const opening = new Opening(physician, held, proxies)
  let done = 0
  let known = 0
  for await (const chunk of listed(physician, held, range)) {
    known += chunk.length
    for await (const opened of opening.open(chunk)) {
      yield opened
      if (++done % 100 === 0) range.onProgress?.(done, known)
    }
  }
  for (const opened of opening.rest()) {
    yield opened
    done++
  }
  range.onProgress?.(done, known)
}

/** What the hospital lists, in chunks that one request may ask for. */
async function* listed(
  { account }: Physician,
  { hash, grant }: { readonly hash: Hex32; readonly grant: Grant },
  range: OpenRange,
): AsyncGenerator<readonly ListedBatch[]> {
  const from = Math.max(range.from, grant.dataFrom) as UnixMs
  const to = Math.min(range.to, grant.dataTo) as UnixMs
  if (to <= from) return
  let cursor: string | undefined
  let chunk: ListedBatch[] = []
  do {
    const page = await account.batches({ grant: hash, from, to, cursor, limit: BATCHES_LIMIT })
    cursor = page.next
    if (chunk.length + page.batches.length > REQUEST_BATCH_LIMIT) {
      yield chunk
      chunk = []
    }
    chunk.push(...page.batches)
  } while (cursor !== undefined)
  if (chunk.length > 0) yield chunk
}

/** The state of opening one grant: data keys, devices and the batches that wait to be dated. */
class Opening {
  readonly #physician: Physician
  readonly #held: { readonly hash: Hex32; readonly grant: Grant }
  readonly #proxies: readonly ProxyHospital[]
  readonly #dataKeys: DataKeys
  readonly #digest: ReturnType<typeof sealedDigester>
  readonly #labels: ReadonlySet<string>
  readonly #devices = new Map<Address, Promise<DeviceRecord>>()
  readonly #dater = new Dater<Omit<OpenedBatch, keyof Dating>>()

  constructor(
    physician: Physician,
    held: { readonly hash: Hex32; readonly grant: Grant },
    proxies: readonly ProxyHospital[],
  ) {
    this.#physician = physician
    this.#held = held
    this.#proxies = proxies
    this.#dataKeys = new DataKeys(physician.identity.receivingSecret, held.grant)
    this.#digest = sealedDigester(physician.hospital.realm)
    this.#labels = new Set(held.grant.labels.map(({ label }) => label))
  }

  async *open(chunk: readonly ListedBatch[]): AsyncGenerator<Opened> {
    const wanted: ListedBatch[] = []
    for (const item of chunk) {
      const fault = this.#refusalOf(item)
      if (fault === undefined) wanted.push(item)
      else yield { cid: item.cid, device: item.device, fault }
    }
    if (wanted.length === 0) return
    const { identity, hospital, account } = this.#physician
    const cids = wanted.map(({ cid }) => cid)
    // Both at once: the proxies' work and the blocks' way here take about as long.
    const asked = gatherCfrags(identity.signer, hospital.realm, this.#held, cids, this.#proxies)
    let fetched = account.blocks(cids.slice(0, BLOCKS_LIMIT))
    // Whichever fails first is thrown below; the other is then of no interest.
    fetched.catch(() => undefined)
    const answers = await asked
    for (let start = 0; start < wanted.length; start += BLOCKS_LIMIT) {
      const blocks = await fetched
      const next = start + BLOCKS_LIMIT
      if (next < wanted.length) {
        fetched = account.blocks(cids.slice(next, next + BLOCKS_LIMIT))
        fetched.catch(() => undefined)
      }
      yield* this.#slab(wanted.slice(start, next), blocks, answers)
    }
  }

  /** Batches that nothing dates. */
  rest(): readonly OpenedBatch[] {
    return this.#dater.flush()
  }

  async *#slab(
    items: readonly ListedBatch[],
    bytes: readonly (Uint8Array | undefined)[],
    answers: readonly ProxyCfrags[],
  ): AsyncGenerator<Opened> {
    const blocks: Block[] = []
    for (const [index, { cid, device }] of items.entries()) {
      const read = readBlock(cid, bytes[index])
      if ('sealed' in read) blocks.push(read)
      else yield { cid, device, fault: read }
    }
    blocks.sort(bySequence)
    const bad = unvouched(blocks, this.#digest)
    for (const block of blocks) {
      const { name: cid, sealed } = block
      const opened = bad.has(block) ? { code: 'BAD_SIGNATURE' as const } : await this.#one(sealed, answers)
      if ('code' in opened) yield { cid, device: sealed.device, fault: opened }
      else yield* this.#dater.push({ cid, patient: this.#held.grant.patient, header: sealed, batch: opened })
    }
  }

  async #one(sealed: SealedBatch, answers: readonly ProxyCfrags[]): Promise<Batch | BatchFault> {
    const outside = this.#refusalOf(sealed)
    if (outside !== undefined) return outside
    const standing = standingOf(sealed, await this.#device(sealed.device), this.#held.grant.patient)
    if (standing !== undefined) return standing
    const { dataKey, fault } = this.#dataKeys.of(sealed, answers)
    if (fault !== undefined) return fault
    try {
      return decodeBatch(openSealed(sealed, dataKey))
    } catch (cause) {
      if (cause instanceof MalformedError) return { code: 'NOT_OPENED' }
      throw cause
    }
  }

  #device(device: Address): Promise<DeviceRecord> {
    const held = this.#devices.get(device) ?? this.#physician.hospital.directory.device(device)
    this.#devices.set(device, held)
    return held
  }

  /** Asked of what was listed, so as not to ask for it, and of the block itself, which is what counts. */
  #refusalOf(item: {
    readonly label: string
    readonly from: UnixMs
    readonly to: UnixMs
    readonly state?: string
  }): BatchFault | undefined {
    const { dataFrom, dataTo } = this.#held.grant
    if (item.state === 'quarantined') return { code: 'QUARANTINED' }
    const isInside = this.#labels.has(item.label) && item.from >= dataFrom && item.to <= dataTo
    return isInside ? undefined : { code: 'OUTSIDE_GRANT' }
  }
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
