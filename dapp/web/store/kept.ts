import { z } from 'zod'
import type { Database } from './database.ts'

/** One text in the browser's database that is parsed when it is read. */
export class Kept<S extends z.ZodType> {
  readonly #database: Database
  readonly #name: string
  readonly #schema: S

  constructor(database: Database, name: string, schema: S) {
    this.#database = database
    this.#name = name
    this.#schema = schema
  }

  /** @returns undefined when there is none, or none of this version */
  async read(): Promise<z.output<S> | undefined> {
    const text = await this.#database.get('kept', this.#name)
    if (text === undefined) return undefined
    return z.preprocess(fromJson, this.#schema).safeParse(text).data as z.output<S> | undefined
  }

  async write(value: z.input<S>): Promise<void> {
    await this.#database.put('kept', JSON.stringify(value), this.#name)
  }

  async remove(): Promise<void> {
    await this.#database.delete('kept', this.#name)
  }
}

function fromJson(text: unknown): unknown {
  try {
    return JSON.parse(String(text))
  } catch {
    return undefined
  }
}
