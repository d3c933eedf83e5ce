import { parseHex32, toHex } from '@hygeia/protocol/ids'
import { batchLeafHash } from '@hygeia/protocol/merkle/leaf'
import { merkleTree } from '@hygeia/protocol/merkle/tree'
import { type Receipt, signAnchor } from '@hygeia/protocol/receipt/receipt'
import { digestOfCid, formatCid, parseCid } from '@hygeia/protocol/sealed/cid'
import { decodeSealed } from '@hygeia/protocol/sealed/codec'
import type { SealedBatch } from '@hygeia/protocol/sealed/header'
import { randomBytes } from '../../src/random.ts'
import type { Consortium, HospitalKeys } from './consortium.ts'

export interface Kept {
  readonly block: Uint8Array
  readonly sealed: SealedBatch
  receipt: Receipt | undefined
}

/** The batches of a hospital, in memory, anchored on a real chain when told. */
export class Shelf {
  readonly kept = new Map<string, Kept>()
  readonly #keys: HospitalKeys
  readonly #consortium: Consortium

  constructor(consortium: Consortium, keys: HospitalKeys) {
    this.#consortium = consortium
    this.#keys = keys
  }

  store(block: Uint8Array, cid: Uint8Array): string {
    const name = formatCid(cid)
    this.kept.set(name, { block, sealed: decodeSealed(block), receipt: undefined })
    return name
  }

  /** @returns how many batches there were between */
  erase(from: number, to: number): number {
    const gone = [...this.kept].filter(([, { sealed }]) => sealed.from >= from && sealed.to <= to)
    for (const [name] of gone) this.kept.delete(name)
    return gone.length
  }

  /** Anchor everything that has no receipt yet. @param before - what happens when the root can be seen, and is not anchored yet */
  async anchor(before?: (root: Uint8Array) => Promise<void>): Promise<void> {
    const waiting = [...this.kept].filter(([, { receipt }]) => receipt === undefined)
    const leaves = waiting.map(([name, { sealed }]) => {
      const { device, incarnation, sequence } = sealed
      return { device, incarnation, sequence, digest: digestOfCid(parseCid(name)) }
    })
    const tree = merkleTree(leaves.map(batchLeafHash))
    await before?.(tree.root)
    const manifest = randomBytes(32)
    const { realm } = this.#consortium
    const mined = await this.#consortium.anchorRoot(this.#keys, 0, tree.root, leaves.length, manifest)
    const statement = {
      hospital: this.#keys.operator,
      root: parseHex32(toHex(tree.root)),
      count: leaves.length,
      manifest: parseHex32(toHex(manifest)),
      ...mined,
    }
    const anchor = signAnchor(realm, statement, this.#keys.receipt)
    for (const [index, [, kept]] of waiting.entries()) {
      const leaf = leaves[index]
      if (leaf !== undefined) kept.receipt = { anchor, leaf, proof: tree.proofOf(index) }
    }
  }

  /** @param labels - that the grant is for; all of them for a patient, who has this hospital to themselves */
  list(query: URLSearchParams, labels: ReadonlySet<string> | undefined): object {
    const [from, to, limit] = ['from', 'to', 'limit'].map((key) => Number(query.get(key)))
    const start = Number(query.get('cursor') ?? 0)
    const all = [...this.kept].filter(
      ([, { sealed }]) =>
        (labels === undefined || labels.has(sealed.label)) &&
        sealed.to >= (from ?? 0) &&
        sealed.from < (to ?? 0),
    )
    const page = all.slice(start, start + (limit ?? 1))
    const next = start + page.length < all.length ? String(start + page.length) : undefined
    const batches = page.map(([cid, { sealed, receipt }]) => {
      const { device, label, incarnation, sequence, isDated, priority } = sealed
      const state = receipt === undefined ? 'stored' : 'anchored'
      return {
        cid,
        device,
        label,
        incarnation,
        sequence,
        from: sealed.from,
        to: sealed.to,
        isDated,
        priority,
        state,
      }
    })
    return { batches, next }
  }
}
