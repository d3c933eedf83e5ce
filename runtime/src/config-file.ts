import { readFile } from 'node:fs/promises'
import type { z } from 'zod'
import { RuntimeError } from './errors.ts'

/**
 * Read and check a JSON configuration file.
 *
 * @throws {RuntimeError} `FILE_UNREADABLE`, or `FILE_INVALID` with every field at fault, not only the first
 */
export async function readConfig<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new RuntimeError(
      `cannot read ${path}: run init first, or name another file with --config`,
      {
        code: 'FILE_UNREADABLE',
        path,
      },
      { cause },
    )
  })
  return parseConfig(path, text, schema)
}

/** @throws {RuntimeError} `FILE_INVALID` with every field at fault */
export function parseConfig<S extends z.ZodType>(path: string, text: string, schema: S): z.output<S> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw invalid(path, [cause instanceof Error ? cause.message : 'not JSON'])
  }
  const result = schema.safeParse(json)
  if (result.success) return result.data
  throw invalid(
    path,
    result.error.issues.flatMap((issue) => {
      const at = issue.path.join('.')
      if (issue.code === 'unrecognized_keys') {
        return issue.keys.map((key) => `${at === '' ? key : `${at}.${key}`}: no such field`)
      }
      return [`${at === '' ? '(whole file)' : at}: ${issue.message}`]
    }),
  )
}

function invalid(path: string, problems: readonly string[]): RuntimeError {
  return new RuntimeError(
    `${path} has ${problems.length} fault${problems.length === 1 ? '' : 's'}:\n${problems
      .map((problem) => `  ${problem}`)
      .join('\n')}`,
    { code: 'FILE_INVALID', path, problems },
  )
}
