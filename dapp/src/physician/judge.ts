import type { Address } from '@hygeia/protocol/ids'
import type { SealedBatch } from '@hygeia/protocol/sealed/header'
import { sealedDigester } from '@hygeia/protocol/sealed/signing'
import type { DeviceRecord } from '../chain/directory.ts'
import type { ListedBatch } from '../hospital/answers.ts'
import type { KnownHospital } from '../hospital/known.ts'
import type { BatchFault } from './errors.ts'
import { isBlock } from './library.ts'
import type { UnopenedBatch } from './opening.ts'
import { type Block, bySequence, standingOf, unvouched } from './vouch.ts'

/** A block, and what speaks against it. */
export interface Judged {
  readonly block: Block
  readonly fault: BatchFault | undefined
}

/** Everything about blocks that needs no key: the devices' signatures, and their standing on the chain. */
export class Judge {
  readonly #directory: KnownHospital['directory']
  readonly #digest: ReturnType<typeof sealedDigester>
  readonly #patient: Address
  readonly #refusalOf: (sealed: SealedBatch) => BatchFault | undefined
  readonly #devices = new Map<Address, Promise<DeviceRecord>>()

  /** @param refusalOf - what else speaks against a block */
  constructor(
    { realm, directory }: Pick<KnownHospital, 'realm' | 'directory'>,
    patient: Address,
    refusalOf: (sealed: SealedBatch) => BatchFault | undefined = () => undefined,
  ) {
    this.#directory = directory
    this.#digest = sealedDigester(realm)
    this.#patient = patient
    this.#refusalOf = refusalOf
  }

  /** @returns blocks in the order in which each device sealed them, and what is no block */
  async of(items: readonly ListedBatch[], fetched: readonly (Block | BatchFault)[]) {
    const blocks: Block[] = []
    const unreadable: UnopenedBatch[] = []
    for (const [index, { cid, device }] of items.entries()) {
      const read = fetched[index] ?? { code: 'NOT_GIVEN' }
      if (isBlock(read)) blocks.push(read)
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

  async #faultOf(sealed: SealedBatch): Promise<BatchFault | undefined> {
    const { device } = sealed
    const record = this.#devices.get(device) ?? this.#directory.device(device)
    this.#devices.set(device, record)
    return this.#refusalOf(sealed) ?? standingOf(sealed, await record, this.#patient)
  }
}
