import { execFile } from 'node:child_process'
import { mkdir, open, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Test } from 'tap'

const run = promisify(execFile)
const CHUNK = Buffer.alloc(1_048_576)

/** A file system in memory of its own, that can be filled to the last byte. */
export class SmallDisk {
  readonly #filler: string

  private constructor(dir: string) {
    this.#filler = join(dir, 'something-else')
  }

  /** Mounted at `dir` until the test ends. */
  static async mount(t: Test, dir: string, megabytes: number): Promise<SmallDisk> {
    await mkdir(dir, { recursive: true })
    await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', dir])
    t.teardown(() => run('umount', ['--lazy', dir]))
    return new SmallDisk(dir)
  }

  /** Leave no room at all. @returns how many MiB were free */
  async fill(): Promise<number> {
    const { bavail, bsize } = await statfs(join(this.#filler, '..'))
    const file = await open(this.#filler, 'w')
    try {
      for (;;) await file.write(CHUNK)
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC')) throw cause
    } finally {
      await file.close()
    }
    return Math.round((bavail * bsize) / CHUNK.length)
  }

  async clear(): Promise<void> {
    await rm(this.#filler, { force: true })
  }
}
