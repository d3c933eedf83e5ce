import { type Address, type Hex32, parseHex32 } from '@hygeia/protocol/ids'
import type { ProvenBatch } from '@hygeia/protocol/offline-proof/offline-proof'
import { type Receipt, signAnchor } from '@hygeia/protocol/receipt/receipt'
import { HOUR_MS, type UnixMs } from '@hygeia/protocol/units'
import { z } from 'zod'
import { accountOf, type BlockOptions, SealedChain } from '../../../protocol/test/support/sealed-chain.ts'
import type { Patient } from '../../src/patient/patient.ts'
import type { Node } from '../../src/prove/node.ts'
import type { TestDevice } from './device.ts'
import { headersOf } from './sealed-node.ts'
import type { Kept } from './shelf.ts'
import { World } from './world.ts'

/** Signers by the order of their addresses, so that block n is the turn of number n modulo 3. */
export const SIGNERS = ['A', 'B', 'C'].sort((a, b) => (accountOf(a) < accountOf(b) ? -1 : 1))

export interface SealedWorldOptions {
  /** Blocks from one list of signers to the next. */
  readonly epoch?: number
  /** Each under an anchor of its own. */
  readonly batches?: number
  readonly hospitals?: number
  /** What happens on the chain when the batches are there and before they are anchored. */
  readonly before?: (parts: { world: World; patient: Patient; device: TestDevice }) => Promise<void>
  /** What happens when they are anchored. @param receipts - by order of being anchored */
  readonly after?: (world: World, receipts: readonly Receipt[]) => Promise<void>
}

/**
 * A consortium of three signers: what its contracts hold is a real EVM's, what seals its blocks are keys of the test, so
 * that they can be sealed wrongly too. Block n has the state of the EVM's block n, later ones that of its last.
 */
export class SealedWorld {
  readonly world: World
  readonly device: TestDevice
  readonly epoch: number
  /** By order of being anchored, one each. */
  readonly kept: readonly Kept[]
  readonly #states: readonly Hex32[]

  private constructor(parts: {
    world: World
    device: TestDevice
    epoch: number
    kept: readonly Kept[]
    states: readonly Hex32[]
  }) {
    this.world = parts.world
    this.device = parts.device
    this.epoch = parts.epoch
    this.kept = parts.kept
    this.#states = parts.states
  }

  static async start(options: SealedWorldOptions = {}): Promise<SealedWorld> {
    const { epoch = 30_000, batches = 1, hospitals = 1, before, after } = options
    const { genesis } = new SealedChain(SIGNERS, epoch)
    const world = await World.start(hospitals, { genesis })
    const patient = await world.patient()
    const device = await world.device(patient)
    const cids: string[] = []
    for (let index = 0; index < batches; index++) {
      cids.push(...world.hold(device, (world.now - (index + 2) * HOUR_MS) as UnixMs, 5).slice(0, 1))
      await before?.({ world, patient, device })
      await world.hospital.shelf.anchor()
    }
    const kept = cids.map((cid) => {
      const held = world.hospital.shelf.kept.get(cid)
      if (held?.receipt === undefined) throw new Error('not anchored')
      return held
    })
    await after?.(
      world,
      kept.flatMap(({ receipt }) => receipt ?? []),
    )
    const { anvil } = world.consortium
    const states: Hex32[] = []
    const head = Number(await anvil.ask('eth_blockNumber'))
    for (let number = 0; number <= head; number++) {
      const block = await anvil.ask('eth_getBlockByNumber', `0x${number.toString(16)}`, false)
      states.push(parseHex32(z.looseObject({ stateRoot: z.string() }).parse(block).stateRoot))
    }
    return new SealedWorld({ world, device, epoch, kept, states })
  }

  stop(): Promise<void> {
    return this.world.stop()
  }

  /** Number of the EVM's last block. */
  get lastState(): number {
    return this.#states.length - 1
  }

  /** Sealed by whoever's turn it is up to `length`, and then as told. */
  chain(length: number, ...then: readonly BlockOptions[]): SealedChain {
    const chain = new SealedChain(SIGNERS, this.epoch)
    const stateRoot = (): Hex32 =>
      this.#states[Math.min(chain.blocks.length, this.lastState)] ?? chain.genesis
    while (chain.head.number < length) {
      const sorted = [...chain.signers].sort()
      const turn = sorted[chain.blocks.length % sorted.length]
      chain.seal({ by: SIGNERS.find((name) => accountOf(name) === turn) ?? '', stateRoot: stateRoot() })
    }
    for (const block of then) chain.seal({ stateRoot: stateRoot(), ...block })
    return chain
  }

  /** The receipt of batch `index`, for the block of this chain that anchored it. */
  receipt(chain: SealedChain, index = 0): Receipt {
    const receipt = this.kept[index]?.receipt
    if (receipt === undefined) throw new RangeError(`no batch ${index}`)
    const blockHash = chain.at(receipt.anchor.blockNumber).header.hash
    const { realm } = this.world.consortium
    return {
      ...receipt,
      anchor: signAnchor(realm, { ...receipt.anchor, blockHash }, this.world.hospital.keys.receipt),
    }
  }

  /** Batch `index` as it goes into a proof. */
  batch(chain: SealedChain, index = 0): ProvenBatch {
    return { kind: 'batch', receipt: this.receipt(chain, index), block: this.kept[index]?.block }
  }

  /** A node of this chain: headers as they are sealed here, state as the EVM proves it. */
  node(chain: SealedChain): Node {
    const { anvil } = this.world.consortium
    const stateAt = (block: unknown) => `0x${Math.min(Number(block), this.lastState).toString(16)}`
    const headers = headersOf(chain)
    return {
      async send(method, params) {
        if (!method.startsWith('eth_get') || method === 'eth_getBlockByNumber')
          return headers.send(method, params)
        return anvil.ask(method, ...params.slice(0, -1), stateAt(params.at(-1)))
      },
    }
  }

  get hospital(): Address {
    return this.world.hospital.keys.operator
  }
}
