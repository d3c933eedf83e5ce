import { closeSync, existsSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'

/** Room for SQLite's log to be folded into the database, and for some thousand deletions after that. */
const BALLAST_BYTES = 1_048_576

/**
 * Bytes held in reserve: on a full disk even a deletion needs room to be written down, and without deletions
 * room never comes.
 */
export class Ballast {
  readonly #path: string

  constructor({ path }: { path: string }) {
    this.#path = path
  }

  /** Take the reserve while there is room; says nothing when there is none. */
  take(): void {
    if (existsSync(this.#path)) return
    try {
      const file = openSync(this.#path, 'w', 0o600)
      try {
        // Random would not compress, but no file system of a Pi does that.
        for (let at = 0; at < BALLAST_BYTES; at += 65_536) writeSync(file, Buffer.alloc(65_536))
        fsyncSync(file)
      } finally {
        closeSync(file)
      }
    } catch {
      rmSync(this.#path, { force: true })
    }
  }

  /** Give the reserve to whoever is first. @returns whether there was one */
  drop(): boolean {
    if (!existsSync(this.#path)) return false
    rmSync(this.#path, { force: true })
    return true
  }
}
