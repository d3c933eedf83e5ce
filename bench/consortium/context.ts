import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Shared } from '../report/programs.ts'

/** What the programs of one run share. */
export class ConsortiumBench implements Shared {
  signal: AbortSignal = AbortSignal.any([])
  #dir: Promise<string> | undefined

  /** A folder that goes when the run ends. */
  dir(): Promise<string> {
    this.#dir ??= mkdtemp(join(tmpdir(), 'hygeia-consortium-'))
    return this.#dir
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#dir !== undefined) await rm(await this.#dir, { recursive: true, force: true })
  }
}
