import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

export const CHECKOUT = resolve(import.meta.dirname, '../../..')

/** Where a script of the test Pi put what it makes, in the cache. */
export async function built(script: string): Promise<string> {
  const { stdout } = await promisify(execFile)(join(CHECKOUT, 'scripts/test-pi', script))
  return stdout.trim()
}
