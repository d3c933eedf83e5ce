import type { Batch } from '@hygeia/protocol/batch/batch'
import { decodeBatch } from '@hygeia/protocol/batch/codec'
import { sameBytes } from '@hygeia/protocol/cbor'
import { MalformedError } from '@hygeia/protocol/errors'
import type { Grant } from '@hygeia/protocol/grant/grant'
import type { Address, Hex32 } from '@hygeia/protocol/ids'
import { cidOf, parseCid } from '@hygeia/protocol/sealed/cid'
import { decodeSealed } from '@hygeia/protocol/sealed/codec'
import type { SealedBatch } from '@hygeia/protocol/sealed/header'
import { openSealed } from '@hygeia/protocol/sealed/seal'
import { sealedDigester } from '@hygeia/protocol/sealed/signing'
import type { UnixMs } from '@hygeia/protocol/units'
import type { DeviceRecord } from '../chain/directory.ts'
import type { ListedBatch } from '../hospital/answers.ts'
import { BLOCKS_LIMIT } from '../hospital/client.ts'
import { DataKeys } from './data-keys.ts'
import { Dater, type Dating } from './dating.ts'
import type { BatchFault } from './errors.ts'
import { gatherCfrags, type ProxyCfrags, type ProxyHospital } from './gather.ts'
import type { Physician } from './physician.ts'
import { type Block, bySequence, standingOf, unvouched } from './vouch.ts'

/** A grant and its hash. */
export interface NamedGrant {
  readonly hash: Hex32
  readonly grant: Grant
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

/** A block, and what speaks against it. */
interface Judged {
  readonly block: Block
  readonly fault: BatchFault | undefined
}

/** Opening one grant: the data keys had so far, the devices known, and the batches that wait to be dated. */
export class Opening {
  readonly #physician: Physician
  readonly #held: NamedGrant
  readonly #proxies: readonly ProxyHospital[]
  readonly #dataKeys: DataKeys
  readonly #digest: ReturnType<typeof sealedDigester>
  readonly #labels: ReadonlySet<string>
  readonly #devices = new Map<Address, Promise<DeviceRecord>>()
  readonly #dater = new Dater<Omit<OpenedBatch, keyof Dating>>()

  constructor(physician: Physician, held: NamedGrant, proxies: readonly ProxyHospital[]) {
    this.#physician = physician
    this.#held = held
    this.#proxies = proxies
    this.#dataKeys = new DataKeys(physician.identity.receivingSecret, held.grant)
    this.#digest = sealedDigester(physician.hospital.realm)
    this.#labels = new Set(held.grant.labels.map(({ label }) => label))
  }

  /** @param chunk - no more than one request may ask for @throws {HospitalError} when a hospital refuses */
  async *open(chunk: readonly ListedBatch[]): AsyncGenerator<Opened> {
    const wanted: ListedBatch[] = []
    for (const item of chunk) {
      const fault = this.#refusalOf(item)
      if (fault === undefined) wanted.push(item)
      else yield { cid: item.cid, device: item.device, fault }
    }
    if (wanted.length === 0) return
    const { identity, hospital } = this.#physician
    const cids = wanted.map(({ cid }) => cid)
    const asked = kept(gatherCfrags(identity.signer, hospital.realm, this.#held, cids, this.#proxies))
    let fetched = this.#fetch(cids, 0)
    for (let start = 0; start < wanted.length; start += BLOCKS_LIMIT) {
      const blocks = await fetched
      const next = start + BLOCKS_LIMIT
      if (next < wanted.length) fetched = this.#fetch(cids, next)
      // While the proxies are at work, everything is done that needs no key.
      const { judged, unreadable } = await this.#judge(wanted.slice(start, next), blocks)
      yield* unreadable
      yield* this.#decrypt(judged, await asked)
    }
  }

  /** Batches that nothing dates. */
  rest(): readonly OpenedBatch[] {
    return this.#dater.flush()
  }

  #fetch(cids: readonly string[], start: number): Promise<readonly (Uint8Array | undefined)[]> {
    return kept(this.#physician.account.blocks(cids.slice(start, start + BLOCKS_LIMIT)))
  }

  /** Blocks in the order in which each device sealed them. */
  async #judge(items: readonly ListedBatch[], bytes: readonly (Uint8Array | undefined)[]) {
    const blocks: Block[] = []
    const unreadable: UnopenedBatch[] = []
    for (const [index, { cid, device }] of items.entries()) {
      const read = readBlock(cid, bytes[index])
      if ('sealed' in read) blocks.push(read)
      else unreadable.push({ cid, device, fault: read })
    }
    blocks.sort(bySequence)
    const bad = unvouched(blocks, this.#digest)
    const judged: Judged[] = []
    for (const block of blocks) {
      const fault = bad.has(block) ? { code: 'BAD_SIGNATURE' as const } : await this.#faultOf(block.sealed)
      judged.push({ block, fault })
    }
    return { judged, unreadable }
  }

  *#decrypt(judged: readonly Judged[], answers: readonly ProxyCfrags[]): Generator<Opened> {
    const { patient } = this.#held.grant
    for (const { block, fault } of judged) {
      const { name: cid, sealed: header } = block
      const opened = fault ?? this.#openOne(header, answers)
      if ('code' in opened) yield { cid, device: header.device, fault: opened }
      else yield* this.#dater.push({ cid, patient, header, batch: opened })
    }
  }

  #openOne(sealed: SealedBatch, answers: readonly ProxyCfrags[]): Batch | BatchFault {
    const { dataKey, fault } = this.#dataKeys.of(sealed, answers)
    if (fault !== undefined) return fault
    try {
      return decodeBatch(openSealed(sealed, dataKey))
    } catch (cause) {
      if (cause instanceof MalformedError) return { code: 'NOT_OPENED' }
      throw cause
    }
  }

  async #faultOf(sealed: SealedBatch): Promise<BatchFault | undefined> {
    const { device } = sealed
    const record = this.#devices.get(device) ?? this.#physician.hospital.directory.device(device)
    this.#devices.set(device, record)
    return this.#refusalOf(sealed) ?? standingOf(sealed, await record, this.#held.grant.patient)
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

/** A promise that is awaited later, or not at all when another fails first. */
function kept<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined)
  return promise
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
