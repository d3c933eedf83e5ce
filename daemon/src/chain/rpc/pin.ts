import { readFile } from 'node:fs/promises'
import { writeAtomic } from '@hygeia/runtime/atomic-write'
import { RuntimeError } from '@hygeia/runtime/errors'
import { z } from 'zod'

const hash = z.string().regex(/^0x[0-9a-f]{64}$/)
const FinalBlock = z.strictObject({ genesisHash: hash, number: z.int().min(0), hash })

/** The newest block that this hospital took for final. */
export type FinalBlock = z.infer<typeof FinalBlock>

/**
 * Remembers the final block: whatever was receipted stands in it or before it, so that a node whose chain holds
 * this block holds them all.
 */
export class FinalPin {
  readonly #path: string

  constructor({ path }: { path: string }) {
    this.#path = path
  }

  get path(): string {
    return this.#path
  }

  /** @returns undefined before the first @throws {RuntimeError} `FILE_INVALID` */
  async read(): Promise<FinalBlock | undefined> {
    const text = await readFile(this.#path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return undefined
      throw cause
    })
    if (text === undefined) return undefined
    try {
      return FinalBlock.parse(JSON.parse(text))
    } catch (cause) {
      const path = this.#path
      throw new RuntimeError(
        `${path} is damaged: restore it from a backup`,
        { code: 'FILE_INVALID', path, problems: ['not a final block'] },
        { cause },
      )
    }
  }

  /** On the disk when it resolves. */
  async write(block: FinalBlock): Promise<void> {
    await writeAtomic(this.#path, `${JSON.stringify(block)}\n`)
  }
}
