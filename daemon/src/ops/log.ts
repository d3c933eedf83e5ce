import { createHash } from 'node:crypto'
import type { UnixMs } from '@hygeia/protocol/units'
import type { Clock } from '@hygeia/runtime/clock'
import { GroupCommit } from '@hygeia/runtime/group-commit'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import { z } from 'zod'
import { Disk, del, put } from '../store/disk.ts'
import { readNumber, writeNumber } from '../store/keys.ts'

/** Something that staff did, or that came of it. */
export interface Act {
  /** Account; `command-line` for who holds the operator's token. */
  readonly by: string
  /** `proposed`, `approved`, … */
  readonly act: string
  /** What it is about: kind of a proposal, or route. */
  readonly about: string
  /** Account, hospital or validator; empty where there is none. */
  readonly subject: string
}

export interface LoggedAct extends Act {
  /** From 1, without a gap. */
  readonly index: number
  readonly at: UnixMs
  /** SHA-256 of the entry before, as it is kept, 64 hex digits: none can be changed or taken out unseen. */
  readonly previous: string
}

export interface OperationsLogOptions {
  readonly path: string
  readonly reserveBytes: number
  /** Most entries kept; the oldest go first. 100,000 unless told. */
  readonly limit?: number
}

export interface OperationsLogDeps {
  readonly clock: Clock
  readonly log: Logger
}

const SMALL_BUFFER_BYTES = 512 * 1024
const GROUP_LIMIT = 64
const TEXT_LIMIT = 256
const BEFORE_FIRST = '0'.repeat(64)
const text = z.string().max(TEXT_LIMIT)
const Logged = z.strictObject({
  index: z.int().min(1),
  at: z.int().min(0),
  by: text,
  act: text,
  about: text,
  subject: text,
  previous: z.string().length(64),
})

/** What the staff of a hospital did, in order: written before it is done, and never changed. */
export class OperationsLog implements Service {
  readonly #limit: number
  readonly #deps: OperationsLogDeps
  readonly #disk: Disk
  readonly #commit: GroupCommit<Act>
  #first = 1
  #next = 1
  #previous = BEFORE_FIRST

  constructor({ path, reserveBytes, limit = 100_000 }: OperationsLogOptions, deps: OperationsLogDeps) {
    this.#limit = limit
    this.#deps = deps
    this.#disk = new Disk({ path, reserveBytes, bufferBytes: SMALL_BUFFER_BYTES }, deps)
    this.#commit = new GroupCommit((group) => this.#write(group), GROUP_LIMIT)
  }

  async start(): Promise<void> {
    await this.#disk.open(() => this.#load())
    await this.#load()
  }

  async stop(): Promise<void> {
    await this.#commit.idle()
    await this.#disk.close()
  }

  /** Resolves when it is on the disk. @throws {StoreError} */
  append(act: Act): Promise<void> {
    return this.#commit.add(act)
  }

  /** Newest first. @param before - index that the page before ended with */
  async page(before: number | undefined, limit: number): Promise<readonly LoggedAct[]> {
    const range = { reverse: true, limit, ...(before !== undefined && { lt: keyOf(before) }) }
    return (await this.#disk.level.values(range).all()).map(decode)
  }

  async #load(): Promise<void> {
    const [first] = await this.#disk.level.keys({ limit: 1 }).all()
    const [last] = await this.#disk.level.values({ reverse: true, limit: 1 }).all()
    this.#first = first === undefined ? 1 : readNumber(first, 0)
    this.#next = last === undefined ? 1 : decode(last).index + 1
    this.#previous = last === undefined ? BEFORE_FIRST : digestOf(last)
  }

  async #write(acts: readonly Act[]): Promise<void> {
    const at = this.#deps.clock.now()
    let [next, previous] = [this.#next, this.#previous]
    const added = acts.map(({ by, act, about, subject }) => {
      const value = encode({
        ...{ index: next, at, previous },
        ...{ by: bounded(by), act: bounded(act), about: bounded(about), subject: bounded(subject) },
      })
      previous = digestOf(value)
      return put(keyOf(next++), value)
    })
    const first = Math.max(this.#first, next - this.#limit)
    const gone = Array.from({ length: first - this.#first }, (_, index) => del(keyOf(this.#first + index)))
    await this.#disk.write([...added, ...gone], true)
    this.#first = first
    this.#next = next
    this.#previous = previous
  }
}

/** Digest that the next entry names this one by. @param value - as it is kept @returns 64 hex digits */
function digestOf(value: Uint8Array): string {
  return createHash('sha256').update(value).digest('hex')
}

/** First of a run of entries, newest first, that does not name the one before it; undefined when none lies. */
export function brokenAt(entries: readonly LoggedAct[]): number | undefined {
  const wrong = entries.findIndex((entry, index) => {
    const before = entries[index + 1]
    return before !== undefined && entry.previous !== digestOf(encode(before))
  })
  return wrong === -1 ? undefined : entries[wrong]?.index
}

const bounded = (value: string) => value.slice(0, TEXT_LIMIT)

function encode({ index, at, previous, by, act, about, subject }: LoggedAct): Buffer {
  return Buffer.from(JSON.stringify({ index, at, previous, by, act, about, subject }))
}

function decode(value: Uint8Array): LoggedAct {
  return Logged.parse(JSON.parse(Buffer.from(value).toString())) as LoggedAct
}

function keyOf(number: number): Buffer {
  const key = Buffer.allocUnsafe(8)
  writeNumber(key, number, 0)
  return key
}
