import { randomBytes } from 'node:crypto'
import { type Incarnation, parseIncarnation } from '@hygeia/protocol/ids'
import type { Database } from '../disk/database.ts'
import { inodeOf, type MarkFile, machineName } from './mark.ts'

/** Sequences reserved in one commit; what a killed process had reserved and not used is a legal gap. */
const LEASE = 32

/** Last batch of an incarnation: what the next one names as its `prev`. */
export interface ChainHead {
  readonly sequence: number
  /** 36 bytes. */
  readonly cid: Uint8Array
}

export interface LifeDeps {
  readonly database: Database
  readonly mark: MarkFile
  readonly machine?: string
}

interface Row {
  readonly incarnation: Incarnation
  readonly token: string
  readonly previousToken: string
  readonly leased: number
  readonly head: ChainHead | undefined
}

/**
 * One life of a spool: its random name, its sequences and the head of its chain of batches.
 *
 * A life ends when the database turns out to be a copy, or put back from one: the sequences after it were used
 * already, and using them again would be a fork.
 */
export class Life {
  readonly #deps: LifeDeps
  #incarnation: Incarnation
  #next: number
  #leased: number
  #head: ChainHead | undefined
  #token: string

  private constructor(deps: LifeDeps, row: Row) {
    this.#deps = deps
    this.#incarnation = row.incarnation
    this.#next = row.leased + 1
    this.#leased = row.leased
    this.#head = row.head
    this.#token = row.token
  }

  /** Go on with the life in the database, or begin a new one. @throws {DiskError} */
  static async open(deps: LifeDeps): Promise<{ readonly life: Life; readonly isNew: boolean }> {
    const { database, mark } = deps
    database.exec(`CREATE TABLE IF NOT EXISTS life (
      one INTEGER PRIMARY KEY CHECK (one = 1), incarnation TEXT NOT NULL, token TEXT NOT NULL,
      previous_token TEXT NOT NULL, leased INTEGER NOT NULL, head_sequence INTEGER, head_cid BLOB) STRICT`)
    const known = readRow(database)
    const isSame = known !== undefined && agrees(known, deps)
    const token = randomToken()
    const row = isSame ? { ...known, token, previousToken: known.token } : newborn(token)
    database.transaction(() => writeRow(database, row))
    const life = new Life(deps, row)
    // After the database: a crash in between leaves the mark with the previous token, which is still good.
    await mark.write(life.#mark())
    return { life, isNew: !isSame }
  }

  get incarnation(): Incarnation {
    return this.#incarnation
  }

  /** Whether a batch of this life can have this sequence: none above was ever given out. */
  hasTaken(sequence: number): boolean {
    return sequence < this.#next
  }

  /** Last batch committed. */
  get head(): ChainHead | undefined {
    return this.#head
  }

  /** Consume a sequence, durably, before anything is sealed under it. @throws {DiskError} */
  takeSequence(): number {
    if (this.#next > this.#leased) {
      const leased = this.#next + LEASE - 1
      this.#deps.database.transaction(() => {
        this.#deps.database.prepare('UPDATE life SET leased = ?').run(leased)
      })
      this.#leased = leased
    }
    return this.#next++
  }

  /** Inside a transaction: `head` is the newest batch in the spool. */
  writeHead({ sequence, cid }: ChainHead): void {
    this.#deps.database.prepare('UPDATE life SET head_sequence = ?, head_cid = ?').run(sequence, cid)
  }

  /** After that transaction. */
  headCommitted(head: ChainHead): void {
    this.#head = head
    this.#deps.mark.note(head.sequence)
  }

  /** End this life and begin another. @throws {DiskError} */
  async renew(): Promise<void> {
    const row = newborn(this.#token)
    this.#deps.database.transaction(() => writeRow(this.#deps.database, row))
    this.#incarnation = row.incarnation
    this.#next = 1
    this.#leased = 0
    this.#head = undefined
    await this.#deps.mark.write(this.#mark())
  }

  /** Give back what was reserved and not used. */
  close(): void {
    const { database, mark } = this.#deps
    database.transaction(() => database.prepare('UPDATE life SET leased = ?').run(this.#next - 1))
    mark.close()
  }

  #mark() {
    const { database, machine = machineName() } = this.#deps
    return {
      incarnation: this.#incarnation,
      token: this.#token,
      inode: inodeOf(database.path),
      machine,
      sequence: this.#head?.sequence ?? 0,
    }
  }
}

const randomToken = () => randomBytes(16).toString('hex')

function newborn(token: string): Row {
  const incarnation = parseIncarnation(`0x${randomBytes(8).toString('hex')}`)
  return { incarnation, token, previousToken: token, leased: 0, head: undefined }
}

function agrees(row: Row, { database, mark, machine = machineName() }: LifeDeps): boolean {
  const found = mark.read()
  return (
    found !== undefined &&
    found.incarnation === row.incarnation &&
    (found.token === row.token || found.token === row.previousToken) &&
    found.inode === inodeOf(database.path) &&
    found.machine === machine &&
    found.sequence <= (row.head?.sequence ?? 0)
  )
}

function readRow(database: Database): Row | undefined {
  const row = database.prepare('SELECT * FROM life').get()
  if (row === undefined) return undefined
  const { head_sequence: sequence, head_cid: cid } = row
  const hasHead = typeof sequence === 'number' && cid instanceof Uint8Array
  return {
    incarnation: parseIncarnation(String(row.incarnation)),
    token: String(row.token),
    previousToken: String(row.previous_token),
    leased: Number(row.leased),
    head: hasHead ? { sequence, cid } : undefined,
  }
}

function writeRow(database: Database, { incarnation, token, previousToken, leased, head }: Row): void {
  database
    .prepare('REPLACE INTO life VALUES (1, ?, ?, ?, ?, ?, ?)')
    .run(incarnation, token, previousToken, leased, head?.sequence ?? null, head?.cid ?? null)
}
