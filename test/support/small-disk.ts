import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

/** Why this process may not give a folder a disk of its own; undefined when it may. */
export function whyNoMount(): string | undefined {
  const dir = mkdtempSync(join(tmpdir(), 'hygeia-mount-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', dir], { stdio: 'ignore' })
    execFileSync('umount', [dir])
    return undefined
  } catch {
    return 'a small disk of its own needs root and mount(2)'
  } finally {
    rmSync(dir, { recursive: true })
  }
}

/** Give `dir` a disk of its own, in memory, until the test ends. */
export async function mountSmall(t: Test, dir: string, sizeMiB: number): Promise<void> {
  await mkdir(dir, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'tmpfs', dir])
  t.teardown(() => execFileSync('umount', [dir]))
}
