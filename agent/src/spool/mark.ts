import { createHash } from 'node:crypto'
import { closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
import { writeAtomic } from '@hygeia/runtime/atomic-write'

/** What a spool that was neither copied nor restored agrees with. */
export interface Mark {
  readonly incarnation: string
  /** New at every start. */
  readonly token: string
  /** Of the database file: a copy has another. */
  readonly inode: number
  /** Of the machine: a cloned card in another Pi has another. */
  readonly machine: string
  /** Last sequence committed; the database is never behind it. */
  readonly sequence: number
}

const SHAPE = /^(0x[0-9a-f]{16}) ([0-9a-f]{32}) (\d{20}) ([0-9a-f]{16}) (\d{16})\n$/

/**
 * A line in a file beside the database, so that a database put back from a copy shows.
 *
 * The sequence is written in place and not synced: it may be lost in a power cut, and then says less, but it
 * is never ahead of the database that it belongs to.
 */
export class MarkFile {
  readonly #path: string
  #file: number | undefined
  #sequenceAt = 0

  constructor({ path }: { path: string }) {
    this.#path = path
  }

  /** @returns undefined when there is none, or none that can be read */
  read(): Mark | undefined {
    let text: string
    try {
      text = readFileSync(this.#path, 'latin1')
    } catch {
      return undefined
    }
    const [, incarnation, token, inode, machine, sequence] = SHAPE.exec(text) ?? []
    if (incarnation === undefined || token === undefined || machine === undefined) return undefined
    return { incarnation, token, inode: Number(inode), machine, sequence: Number(sequence) }
  }

  async write({ incarnation, token, inode, machine, sequence }: Mark): Promise<void> {
    this.close()
    const head = `${incarnation} ${token} ${String(inode).padStart(20, '0')} ${machine} `
    await writeAtomic(this.#path, `${head}${digits(sequence)}\n`)
    this.#sequenceAt = head.length
    this.#file = openSync(this.#path, 'r+')
  }

  /** Note that `sequence` is committed; a disk that is full or broken notes nothing. */
  note(sequence: number): void {
    if (this.#file === undefined) return
    try {
      writeSync(this.#file, digits(sequence), this.#sequenceAt, 'latin1')
    } catch {
      // It then says less, which is allowed.
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }
}

const digits = (sequence: number) => String(sequence).padStart(16, '0')

export function inodeOf(path: string): number {
  return statSync(path).ino
}

const IDENTITY_FILES = ['/etc/machine-id', '/proc/device-tree/serial-number']

/** 16 hex digits that differ between machines, as far as the machine can tell. */
export function machineName(files: readonly string[] = IDENTITY_FILES): string {
  const hash = createHash('sha256')
  for (const file of files) {
    try {
      hash.update(readFileSync(file))
    } catch {
      // Not every machine has each of them.
    }
  }
  return hash.digest('hex').slice(0, 16)
}
