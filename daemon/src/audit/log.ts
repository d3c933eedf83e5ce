import { randomBytes } from 'node:crypto'
import {
  type AuditEntry,
  auditLeafHash,
  decodeAuditEntry,
  encodeAuditEntry,
  signAuditEntry,
} from '@hygeia/protocol/audit/entry'
import { type Address, type Hex32, toHex } from '@hygeia/protocol/ids'
import { SIGNATURE_BYTES, type Signer } from '@hygeia/protocol/signature'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import type { Clock } from '@hygeia/runtime/clock'
import { GroupCommit } from '@hygeia/runtime/group-commit'
import { Counter, type Registry } from 'prom-client'
import { METRICS } from '../metrics/names.ts'
import { type Disk, NOTHING, put } from '../store/disk.ts'
import { entryKey, indexIn, patientKey, rangeOf } from './keys.ts'

/** What happened, before the log gives it its place. */
export type AuditDraft = Omit<AuditEntry, 'hospital' | 'index' | 'at' | 'salt'>

export interface SignedEntry {
  readonly entry: AuditEntry
  /** Canonical form, which is what was signed. */
  readonly bytes: Uint8Array
  readonly signature: Uint8Array
}

export interface LogOptions {
  /** Operator account of this hospital. */
  readonly hospital: Address
  readonly realm: Realm
  /** No entry from now on has a lower index: the log came back from a backup, and signed on after it. */
  readonly firstIndex?: number | undefined
}

export interface LogDeps {
  readonly disk: Disk
  /** The receipt key. */
  readonly signer: Signer
  readonly clock: Clock
  readonly metrics: Registry
}

interface Pending {
  readonly draft: AuditDraft
  signed: SignedEntry | undefined
}

const GROUP_LIMIT = 256

/**
 * What was done with grants and requests, in order, each line signed. Only ever appended to; where entries were lost
 * with a disk there is a gap, and nowhere else.
 */
export class AuditLog {
  readonly #options: LogOptions
  readonly #deps: LogDeps
  readonly #commit: GroupCommit<Pending>
  readonly #entries: Counter<'event'>
  #next = 0

  constructor(options: LogOptions, deps: LogDeps) {
    this.#options = options
    this.#deps = deps
    this.#commit = new GroupCommit((group) => this.#write(group), GROUP_LIMIT)
    this.#entries = new Counter({
      ...METRICS.auditEntriesTotal,
      labelNames: ['event'],
      registers: [deps.metrics],
    })
  }

  /** Find the end of what is on disk; also after a repair, when the last write may or may not be there. */
  async load(): Promise<void> {
    this.#next = this.#options.firstIndex ?? 0
    for await (const key of this.#deps.disk.level.keys({ ...rangeOf('e'), reverse: true, limit: 1 })) {
      this.#next = Math.max(this.#next, indexIn(key) + 1)
    }
  }

  /** Index of the next entry. */
  get end(): number {
    return this.#next
  }

  /**
   * Resolves when the entry is on disk.
   *
   * @throws {StoreError} when the disk does not take it: then nothing was written
   */
  async append(draft: AuditDraft): Promise<SignedEntry> {
    const pending: Pending = { draft, signed: undefined }
    await this.#commit.add(pending)
    if (pending.signed === undefined) throw new Error('unreachable: committed without an entry')
    this.#entries.inc({ event: draft.event })
    return pending.signed
  }

  async idle(): Promise<void> {
    await this.#commit.idle()
  }

  async read(index: number): Promise<SignedEntry> {
    const value = await this.#deps.disk.level.get(entryKey(index))
    if (value === undefined) throw new Error(`audit entry ${index} is missing`)
    const bytes = value.slice(SIGNATURE_BYTES)
    return { entry: decodeAuditEntry(bytes), bytes, signature: value.slice(0, SIGNATURE_BYTES) }
  }

  /** Leaf hashes of the first entries from index `from` on that follow one another, at most `limit`. */
  async leaves(
    from: number,
    limit: number,
  ): Promise<{ readonly first: number; readonly leaves: Uint8Array[] }> {
    const leaves: Uint8Array[] = []
    let first = from
    const range = { gte: entryKey(from), lt: entryKey(this.#next), limit }
    for await (const [key, value] of this.#deps.disk.level.iterator(range)) {
      const index = indexIn(key)
      if (leaves.length === 0) first = index
      else if (index !== first + leaves.length) break
      leaves.push(auditLeafHash(decodeAuditEntry(value.slice(SIGNATURE_BYTES))))
    }
    return { first, leaves }
  }

  /** Positions of up to `limit` entries about `patient`, from position `from` on. */
  async positionsOf(patient: Address, from: number, limit: number): Promise<readonly number[]> {
    const range = { gte: patientKey(patient, from), lt: Buffer.from(`p${patient}~`), limit }
    return (await this.#deps.disk.level.keys(range).all()).map(indexIn)
  }

  async #write(group: readonly Pending[]): Promise<void> {
    const first = this.#next
    const signed = group.map(({ draft }, offset) => this.#sign(draft, first + offset))
    const operations = signed.flatMap(({ entry, bytes, signature }) => [
      put(entryKey(entry.index), Buffer.concat([signature, bytes])),
      put(patientKey(entry.patient, entry.index), NOTHING),
    ])
    await this.#deps.disk.write(operations, true)
    this.#next = first + group.length
    for (const [offset, pending] of group.entries()) pending.signed = signed[offset]
  }

  #sign(draft: AuditDraft, index: number): SignedEntry {
    const { hospital, realm } = this.#options
    const entry: AuditEntry = {
      ...draft,
      hospital,
      index,
      at: this.#deps.clock.now(),
      salt: toHex(randomBytes(32)) as string as Hex32,
    }
    return {
      entry,
      bytes: encodeAuditEntry(entry),
      signature: signAuditEntry(realm, entry, this.#deps.signer),
    }
  }
}
