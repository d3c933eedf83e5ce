import { encodeCbor } from '@hygeia/protocol/cbor'
import { rawOf } from '@hygeia/protocol/fields'
import { type Address, type Hex32, toHex } from '@hygeia/protocol/ids'
import { LEAF_LIMIT } from '@hygeia/protocol/merkle/limits'
import { cidOf, digestOfCid } from '@hygeia/protocol/sealed/cid'
import { isAbort, orAborted } from '@hygeia/runtime/abort'
import { sleep } from '@hygeia/runtime/clock'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import { Gauge } from 'prom-client'
import { METRICS } from '../metrics/names.ts'
import { Disk } from '../store/disk.ts'
import { type AuditAnchor, AuditAnchors, type MinedAnchor, rootOf } from './anchors.ts'
import { type AuditDraft, AuditLog, type LogDeps, type LogOptions, type SignedEntry } from './log.ts'

export interface AuditOptions extends LogOptions {
  readonly dir: string
  /** Nothing is written while less than this is free on the disk; 64 MiB unless told. */
  readonly reserveBytes?: number
  /** Longest that an entry waits for its anchor to be sent; 15 s unless told. */
  readonly anchorMs?: number
}

/** Puts a root of audit entries on the chain; a root that is there already is success. */
export interface AuditAnchorer {
  anchorAudit(anchor: {
    readonly root: Hex32
    readonly count: number
    readonly manifest: Hex32
  }): Promise<MinedAnchor>
}

export interface AuditDeps extends Omit<LogDeps, 'disk'> {
  readonly anchorer: AuditAnchorer
  readonly log: Logger
}

/** An entry with, once it is anchored, what proves it. */
export interface ProvenEntry extends SignedEntry {
  readonly anchor:
    | (MinedAnchor & { readonly root: Hex32; readonly count: number; readonly proof: readonly Uint8Array[] })
    | undefined
}

const MIB = 1_048_576

/** The hospital's audit log: what is answered is in it first, and in time under a root on the chain. */
export class Audit implements Service {
  readonly #options: AuditOptions & { readonly reserveBytes: number; readonly anchorMs: number }
  readonly #deps: AuditDeps
  readonly #disk: Disk
  readonly #log: AuditLog
  readonly #anchors: AuditAnchors
  readonly #abort = new AbortController()
  readonly #onEntry = new Set<(patient: Address) => void>()
  #anchored = 0
  #anchoring: Promise<void> | undefined
  #loop: Promise<void> | undefined

  constructor(options: AuditOptions, deps: AuditDeps) {
    this.#options = { reserveBytes: 64 * MIB, anchorMs: 15_000, ...options }
    this.#deps = deps
    this.#disk = new Disk({ path: options.dir, reserveBytes: this.#options.reserveBytes }, deps)
    this.#log = new AuditLog(options, { ...deps, disk: this.#disk })
    this.#anchors = new AuditAnchors(this.#disk)
    const unanchored: Gauge = new Gauge({
      ...METRICS.auditUnanchored,
      registers: [deps.metrics],
      collect: () => unanchored.set(this.#log.end - this.#anchored),
    })
  }

  async open(): Promise<void> {
    await this.#disk.open(() => this.#log.load())
    await this.#log.load()
    const newest = await this.#anchors.newest()
    if (newest !== undefined) this.#anchored = newest.first + (newest.mined === undefined ? 0 : newest.count)
  }

  /** Begin to anchor; entries can be appended before. */
  async start(): Promise<void> {
    this.#loop ??= this.#anchorAll(this.#abort.signal)
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await this.#loop
    await this.#log.idle()
    await this.#disk.close()
  }

  /** Resolves when the entry is on disk. @throws {StoreError} when the disk does not take it */
  async append(draft: AuditDraft): Promise<SignedEntry> {
    const signed = await this.#log.append(draft)
    for (const listener of this.#onEntry) listener(draft.patient)
    return signed
  }

  /** Call `listener` with the patient of every entry that is on the disk. @returns ends it */
  onEntry(listener: (patient: Address) => void): () => void {
    this.#onEntry.add(listener)
    return () => this.#onEntry.delete(listener)
  }

  /**
   * Entries about `patient` in order.
   *
   * @param cursor - from the answer before; 0 for the first
   * @param limit - 1 to 1,000
   * @returns `next` is undefined at the end
   */
  async entriesOf(
    patient: Address,
    cursor: number,
    limit: number,
  ): Promise<{ readonly entries: readonly ProvenEntry[]; readonly next: number | undefined }> {
    const positions = await this.#log.positionsOf(patient, cursor, limit)
    const entries: ProvenEntry[] = []
    for (const position of positions) {
      entries.push({ ...(await this.#log.read(position)), anchor: await this.#proofOf(position) })
    }
    const last = positions.at(-1)
    return { entries, next: last !== undefined && positions.length === limit ? last + 1 : undefined }
  }

  /** Anchor everything that is in the log now. Resolves when that is final. */
  async anchorNow(): Promise<void> {
    const end = this.#log.end
    while (this.#anchored < end) {
      this.#anchoring ??= this.#anchorNext().finally(() => {
        this.#anchoring = undefined
      })
      await this.#anchoring
    }
  }

  async #anchorAll(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#deps
    while (!signal.aborted) {
      await this.anchorNow().catch((err: unknown) => {
        if (!isAbort(err)) log.warn({ err }, 'audit entries not anchored yet')
      })
      await sleep(clock, this.#options.anchorMs, signal).catch(() => {})
    }
  }

  async #anchorNext(): Promise<void> {
    const { end } = this.#log
    const newest = await this.#anchors.newest()
    // What a killed process meant to anchor comes first, exactly as it was meant.
    const anchor = newest !== undefined && newest.mined === undefined ? newest : await this.#intend()
    if (anchor === undefined) {
      // A gap that nothing was appended after.
      this.#anchored = end
      return
    }
    // A chain that stalls must not keep the daemon from stopping; the intent is on disk.
    const mined = await orAborted(this.#deps.anchorer.anchorAudit(anchor), this.#abort.signal)
    await this.#anchors.putMined(anchor, mined)
    this.#anchored = anchor.first + anchor.count
  }

  async #intend(): Promise<AuditAnchor | undefined> {
    const { first, leaves } = await this.#log.leaves(this.#anchored, LEAF_LIMIT)
    const count = leaves.length
    if (count === 0) return undefined
    const manifest = encodeCbor([1, rawOf(this.#options.hospital), first, Buffer.concat(leaves)])
    const anchor: AuditAnchor = {
      first,
      count,
      root: rootOf(leaves),
      manifest: toHex(digestOfCid(cidOf(manifest))) as string as Hex32,
      mined: undefined,
    }
    await this.#anchors.putIntent(anchor, leaves)
    return anchor
  }

  async #proofOf(index: number): Promise<ProvenEntry['anchor']> {
    const anchor = await this.#anchors.holding(index)
    if (anchor?.mined === undefined) return undefined
    const { root, count, mined } = anchor
    return { ...mined, root, count, proof: await this.#anchors.proofOf(anchor, index) }
  }
}

/** Open the log in `options.dir`, or begin it there. */
export async function openAudit(options: AuditOptions, deps: AuditDeps): Promise<Audit> {
  const audit = new Audit(options, deps)
  await audit.open()
  return audit
}
