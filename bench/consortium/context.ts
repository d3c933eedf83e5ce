import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Shared } from '../report/programs.ts'
import { step } from '../report/step.ts'
import { Trio } from './trio/trio.ts'

/** What the programs of one run share. */
export class ConsortiumBench implements Shared {
  signal: AbortSignal = AbortSignal.any([])
  #dir: Promise<string> | undefined
  #trio: Promise<Trio> | undefined

  /** A folder that goes when the run ends. */
  dir(): Promise<string> {
    this.#dir ??= mkdtemp(join(tmpdir(), 'hygeia-consortium-'))
    return this.#dir
  }

  /** The hospitals that everything but the import is measured on; made when first asked for. */
  trio(): Promise<Trio> {
    this.#trio ??= step('three hospitals, with votes', (tell) => Trio.open(tell))
    return this.#trio
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const trio = await this.#trio?.catch(() => undefined)
    await trio?.[Symbol.asyncDispose]()
    if (this.#dir !== undefined) await rm(await this.#dir, { recursive: true, force: true })
  }
}
