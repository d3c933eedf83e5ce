import { sameBytes } from '@hygeia/protocol/cbor'
import { toHex } from '@hygeia/protocol/ids'
import { anchorSigner, isLeafProven, type Receipt, type SignedAnchor } from '@hygeia/protocol/receipt/receipt'
import { digestOfCid, parseCid } from '@hygeia/protocol/sealed/cid'
import { SECOND_MS } from '@hygeia/protocol/units'
import { Anchor } from '../chain/anchor.ts'
import { HospitalError, isRefusal } from '../hospital/errors.ts'
import type { KnownHospital } from '../hospital/known.ts'
import { NOBODY, recoverSigner } from '../recover.ts'

/** Receipts asked for at a time. */
const AT_ONCE = 8
/** Anchors remembered: batches come in order, and one anchor's lie together. */
const ANCHORS_LIMIT = 1_000
/** A hospital answers some thousand requests a minute of one address. */
const WAIT_MS = 5 * SECOND_MS
const WAITS = 24

/** Receipts that hold: the batch under the root, the hospital's own signature, and the root on the chain. */
export class Receipts {
  readonly #hospital: KnownHospital
  readonly #signal: AbortSignal
  /** Whether an anchor is one, by all that it says; many batches share it. */
  readonly #anchors = new Map<string, Promise<boolean>>()
  #anchor: Promise<Anchor> | undefined

  /** @param signal - ends waiting */
  constructor(hospital: KnownHospital, signal: AbortSignal = new AbortController().signal) {
    this.#hospital = hospital
    this.#signal = signal
  }

  /** @returns undefined when there is none yet, or none that holds */
  async of(cid: string): Promise<Receipt | undefined> {
    const receipt = await this.#ask(cid)
    if (receipt === undefined) return undefined
    const isOfIt = sameBytes(digestOfCid(parseCid(cid)), receipt.leaf.digest) && isLeafProven(receipt)
    if (!isOfIt) return undefined
    return (await this.#holds(receipt.anchor)) ? receipt : undefined
  }

  /** The same items in the same order, each with its receipt; a few are asked for ahead. */
  async *beside<T extends { readonly cid: string }>(
    items: AsyncIterable<T>,
  ): AsyncGenerator<T & { readonly receipt: Receipt | undefined }> {
    const asked: { readonly item: T; readonly receipt: Promise<Receipt | undefined> }[] = []
    const first = async () => {
      const next = asked.shift()
      return next === undefined ? [] : [{ ...next.item, receipt: await next.receipt }]
    }
    for await (const item of items) {
      const receipt = this.of(item.cid)
      // Awaited in its turn; until then a failure is not an unhandled rejection.
      receipt.catch(() => {})
      asked.push({ item, receipt })
      if (asked.length === AT_ONCE) yield* await first()
    }
    while (asked.length > 0) yield* await first()
  }

  async #ask(cid: string): Promise<Receipt | undefined> {
    const { client } = this.#hospital
    for (let waited = 0; ; waited++) {
      try {
        return await client.receipt(cid)
      } catch (cause) {
        if (!(cause instanceof HospitalError) || waited === WAITS || !isRefusal(cause, 'RATE_LIMITED'))
          throw cause
      }
      await client.clock.sleep(WAIT_MS, this.#signal)
    }
  }

  #holds(anchor: SignedAnchor): Promise<boolean> {
    const name = JSON.stringify({ ...anchor, signature: toHex(anchor.signature) })
    const held = this.#anchors.get(name)
    if (held !== undefined) return held
    const asked = this.#isAnchored(anchor)
    const [oldest] = this.#anchors.keys()
    if (this.#anchors.size === ANCHORS_LIMIT && oldest !== undefined) this.#anchors.delete(oldest)
    this.#anchors.set(name, asked)
    return asked
  }

  async #isAnchored(anchor: SignedAnchor): Promise<boolean> {
    const { realm, directory, provider } = this.#hospital
    const key = anchorSigner(realm, anchor, recoverSigner)
    if (key === NOBODY || (await directory.hospitalOf(key)) !== anchor.hospital) return false
    this.#anchor ??= directory.anchor().then((address) => new Anchor(provider, address))
    const record = await (await this.#anchor).of('batches', anchor.root, anchor.hospital)
    return record?.blockNumber === anchor.blockNumber && record.count === anchor.count
  }
}
