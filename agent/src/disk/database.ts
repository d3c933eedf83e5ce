import { existsSync, renameSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { DiskError } from './errors.ts'

/** Layout of the tables; a later number is of a later program. */
const VERSION = 1

/**
 * What is written at every commit is whole pages of a few hundred new bytes: small ones wear a card least. It counts
 * when a database begins; one that is there keeps its own.
 */
const PAGE_BYTES = 1_024
/** A log of so many is about as large as the ballast: on a full disk it can be folded into the database. */
const LOG_PAGES = 1_024

// sqlite3.h, primary result codes.
const SQLITE_READONLY = 8
const SQLITE_IOERR = 10
const SQLITE_CORRUPT = 11
const SQLITE_FULL = 13
const SQLITE_CANTOPEN = 14
const SQLITE_NOTADB = 26

/**
 * The agent's one database: spool and journal in one file, so that sealing a window and forgetting its journal
 * is one transaction and one fsync.
 *
 * Synchronous: belongs into the worker that does not sample.
 */
export class Database {
  readonly path: string
  readonly #sqlite: DatabaseSync

  private constructor(path: string, sqlite: DatabaseSync) {
    this.path = path
    this.#sqlite = sqlite
  }

  /**
   * Open the file at `path`, or begin it. One that is no database any more is moved aside and a new one begun.
   *
   * @throws {DiskError} `DISK_NEWER`, `DISK_FULL` or `DISK_FAULT`
   */
  static open(path: string, { onCorrupt }: { onCorrupt?: (movedTo: string) => void } = {}): Database {
    try {
      return new Database(path, connect(path))
    } catch (cause) {
      if (!isCorrupt(cause) || !existsSync(path)) throw asDiskError(cause)
      const aside = `${path}.corrupt-${Date.now()}`
      for (const suffix of ['', '-wal', '-shm']) {
        if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix)
      }
      onCorrupt?.(aside)
      return new Database(path, connect(path))
    }
  }

  /** For looking, while another process writes. */
  static openReadOnly(path: string): Database {
    return new Database(path, new DatabaseSync(path, { readOnly: true }))
  }

  prepare(sql: string): StatementSync {
    return this.#sqlite.prepare(sql)
  }

  /** Run statements that make tables or settings. */
  exec(sql: string): void {
    try {
      this.#sqlite.exec(sql)
    } catch (cause) {
      throw asDiskError(cause)
    }
  }

  /**
   * Run `work` as one transaction; when this returns, it is on the disk.
   *
   * @throws {DiskError} when the disk would not; everything in it was undone
   */
  transaction<T>(work: () => T): T {
    try {
      this.#sqlite.exec('BEGIN IMMEDIATE')
      const result = work()
      this.#sqlite.exec('COMMIT')
      return result
    } catch (cause) {
      if (this.#sqlite.isTransaction) this.#sqlite.exec('ROLLBACK')
      throw asDiskError(cause)
    }
  }

  /** Fold the log into the database and give back its room; does what it can on a disk that has none. */
  reclaim(): void {
    try {
      this.#sqlite.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    } catch (cause) {
      if (!(asDiskError(cause) instanceof DiskError)) throw cause
    }
  }

  close(): void {
    this.#sqlite.close()
  }
}

function connect(path: string): DatabaseSync {
  const sqlite = new DatabaseSync(path, { timeout: 5_000 })
  try {
    // WAL with NORMAL would lose the last commits in a power cut.
    sqlite.exec(`PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
      PRAGMA cache_size = -2000; PRAGMA wal_autocheckpoint = ${LOG_PAGES}`)
    const version = Number(sqlite.prepare('PRAGMA user_version').get()?.user_version)
    if (version > VERSION) {
      const advice = 'nothing in it was touched; install that version again, or a later one'
      throw new DiskError(`${path} was written by a later version of this program: ${advice}`, {
        code: 'DISK_NEWER',
        path,
        version,
      })
    }
    sqlite.exec(`PRAGMA user_version = ${VERSION}`)
    return sqlite
  } catch (cause) {
    sqlite.close()
    throw cause
  }
}

function primaryCode(cause: unknown): number | undefined {
  if (!(cause instanceof Error) || !('errcode' in cause) || typeof cause.errcode !== 'number')
    return undefined
  return cause.errcode & 0xff
}

function isCorrupt(cause: unknown): boolean {
  const code = primaryCode(cause)
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB
}

function asDiskError(cause: unknown): unknown {
  const sqlite = primaryCode(cause)
  if (sqlite === SQLITE_FULL) return new DiskError('the disk is full', { code: 'DISK_FULL' }, { cause })
  // A card that fails is made read-only by the kernel.
  if (sqlite === SQLITE_IOERR || sqlite === SQLITE_READONLY || sqlite === SQLITE_CANTOPEN) {
    return new DiskError('the database cannot be written', { code: 'DISK_FAULT', sqlite }, { cause })
  }
  return cause
}
