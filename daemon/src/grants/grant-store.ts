import type { Address, Hex32 } from '@hygeia/protocol/ids'
import type { Logger } from '@hygeia/runtime/log'
import { Disk, del, NOTHING, type Operation, put } from '../store/disk.ts'
import { decodeRecord, encodeRecord, type GrantRecord } from './record.ts'

const CACHED = 512
const key = (letter: string, ...parts: readonly string[]) => Buffer.from(letter + parts.join(''))
const number = (value: number) => String(value).padStart(15, '0')
const under = (prefix: string) => ({ gte: Buffer.from(prefix), lt: Buffer.from(`${prefix}~`) })
const HASH_CHARACTERS = 66
const hashIn = (bytes: Uint8Array) => Buffer.from(bytes.slice(-HASH_CHARACTERS)).toString() as Hex32

/** A revocation that this hospital was handed before the chain held it. */
export interface HeldRevocation {
  readonly patient: Address
  readonly grant: Hex32
  /** `0x` and 128 hex digits. */
  readonly signature: `0x${string}`
}

/**
 * Grants on disk.
 *
 * | key | value |
 * |---|---|
 * | `g` hash | record |
 * | `o` patient hash, `y` physician hash | – |
 * | `x` when to look at it again, hash | – |
 * | `r` hash | revocation that was honoured here: patient, signature |
 * | `w` hash | – while that revocation waits to be relayed |
 * | `z` | how far the chain was followed |
 */
export class GrantStore {
  readonly #disk: Disk
  /** Decoding a grant takes longer than reading it. Records read lately, least lately first. */
  readonly #cache = new Map<Hex32, GrantRecord>()
  /** Writes of records that ended. */
  #ended = 0

  constructor(
    options: { readonly dir: string; readonly reserveBytes: number },
    deps: { readonly log: Logger },
  ) {
    this.#disk = new Disk({ path: options.dir, reserveBytes: options.reserveBytes }, deps)
  }

  async open(): Promise<void> {
    await this.#disk.open(async () => {
      this.#cache.clear()
      this.#ended++
    })
  }

  async close(): Promise<void> {
    await this.#disk.close()
  }

  async get(hash: Hex32): Promise<GrantRecord | undefined> {
    const cached = this.#cache.get(hash)
    if (cached !== undefined) return this.#remember(cached)
    const endedBefore = this.#ended
    const value = await this.#disk.level.get(key('g', hash))
    if (value === undefined) return undefined
    const record = decodeRecord(value)
    // What was read may be older than what was written meanwhile: it is an answer, but nothing to go by later.
    return endedBefore === this.#ended ? this.#remember(record) : record
  }

  /** Resolves when it is on disk. */
  async put(record: GrantRecord): Promise<void> {
    const { hash, grant } = record
    const lookAgain = record.state === 'pending' ? record.consent.message.deadline * 1_000 : grant.accessTo
    await this.#write(hash, [
      put(key('g', hash), encodeRecord(record)),
      put(key('o', grant.patient, hash), NOTHING),
      put(key('y', grant.physician, hash), NOTHING),
      put(key('x', number(lookAgain), hash), NOTHING),
    ])
    this.#remember(record)
  }

  async remove({ hash, grant }: GrantRecord): Promise<void> {
    const keys = [key('g', hash), key('o', grant.patient, hash), key('y', grant.physician, hash)]
    await this.#write(hash, keys.map(del))
  }

  /** Grants that `account` gave or was given. */
  async of(account: Address): Promise<readonly GrantRecord[]> {
    const hashes = new Set<Hex32>()
    for (const letter of ['o', 'y']) {
      for await (const found of this.#disk.level.keys(under(letter + account))) hashes.add(hashIn(found))
    }
    const records = await Promise.all([...hashes].map((hash) => this.get(hash)))
    return records.filter((record) => record !== undefined)
  }

  async countOf(patient: Address, limit: number): Promise<number> {
    return (await this.#disk.level.keys({ ...under(`o${patient}`), limit }).all()).length
  }

  /** Up to `limit` grants whose access, or whose consent's deadline, ended before `now`; they are not told again. */
  async takeDue(now: number, limit: number): Promise<readonly Hex32[]> {
    const range = { gte: key('x'), lt: key('x', number(now)), limit }
    const keys = await this.#disk.level.keys(range).all()
    await this.#disk.write(keys.map(del), false)
    return keys.map(hashIn)
  }

  async isRevoked(hash: Hex32): Promise<boolean> {
    return (await this.#disk.level.get(key('r', hash))) !== undefined
  }

  /** Resolves when it is on disk, together with `record` as it then is. */
  async putRevocation({ patient, grant, signature }: HeldRevocation, record?: GrantRecord): Promise<void> {
    const operations: Operation[] = [
      put(key('r', grant), Buffer.from(patient + signature)),
      put(key('w', grant), NOTHING),
    ]
    if (record !== undefined) operations.push(put(key('g', grant), encodeRecord(record)))
    await this.#write(grant, operations)
  }

  async endRelaying(grant: Hex32): Promise<void> {
    await this.#disk.write([del(key('w', grant))], false)
  }

  async unrelayed(limit: number): Promise<readonly HeldRevocation[]> {
    const grants = (await this.#disk.level.keys({ ...under('w'), limit }).all()).map(hashIn)
    const held = await Promise.all(grants.map((grant) => this.#disk.level.get(key('r', grant))))
    return held.flatMap((value, index) => {
      const grant = grants[index]
      if (value === undefined || grant === undefined) return []
      const text = Buffer.from(value).toString()
      return [{ grant, patient: text.slice(0, 42) as Address, signature: text.slice(42) as `0x${string}` }]
    })
  }

  /** Consent contract and last block followed. */
  async followed(): Promise<{ readonly consent: string; readonly block: number } | undefined> {
    const value = await this.#disk.level.get(key('z'))
    if (value === undefined) return undefined
    const [consent = '', block] = Buffer.from(value).toString().split(' ')
    return { consent, block: Number(block) }
  }

  async putFollowed(consent: Address, block: number): Promise<void> {
    await this.#disk.write([put(key('z'), Buffer.from(`${consent} ${block}`))], false)
  }

  /** Until it is written, the record stands as it was; whether or not it could be, the disk is asked afterwards. */
  async #write(hash: Hex32, operations: readonly Operation[]): Promise<void> {
    try {
      await this.#disk.write(operations, true)
    } finally {
      this.#ended++
      this.#cache.delete(hash)
    }
  }

  #remember(record: GrantRecord): GrantRecord {
    this.#cache.delete(record.hash)
    this.#cache.set(record.hash, record)
    for (const oldest of this.#cache.keys()) {
      if (this.#cache.size <= CACHED) break
      this.#cache.delete(oldest)
    }
    return record
  }
}
