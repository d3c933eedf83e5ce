import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

/** A folder of a test's own, gone with it. */
export async function scratch(t: Test): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'hygeia-unit-'))
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  return dir
}
