import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { RuntimeError } from '@hygeia/runtime/errors'
import { z } from 'zod'

const FILE = 'genesis.json'

export interface Genesis {
  /** geth's genesis JSON, as the engine reads it. */
  readonly json: unknown
  /** Gas in a block. */
  readonly gasLimit: number
}

const Shape = z.looseObject({ gasLimit: z.string().regex(/^0x[0-9a-f]+$/) })

/** @throws {RuntimeError} when it is missing or no genesis */
export async function readGenesis(dir: string): Promise<Genesis> {
  const path = join(dir, FILE)
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new RuntimeError(
      `${path} is missing: restore it from a backup, or begin anew with init`,
      {
        code: 'FILE_UNREADABLE',
        path,
      },
      { cause },
    )
  })
  try {
    const json = Shape.parse(JSON.parse(text))
    return { json, gasLimit: Number(json.gasLimit) }
  } catch (cause) {
    throw new RuntimeError(
      `${path} is not a genesis`,
      { code: 'FILE_INVALID', path, problems: ['not a genesis'] },
      { cause },
    )
  }
}
