import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface Teardown {
  teardown(work: () => void): void
}

/** An empty directory that goes when the test ends. */
export function scratchDir(t: Teardown): string {
  const dir = mkdtempSync(join(tmpdir(), 'hygeia-chain-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}
