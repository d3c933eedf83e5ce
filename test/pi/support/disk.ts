import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { spooledBatches } from '../../support/spooled.ts'

const run = promisify(execFile)
/** e2fsck(8): what its exit code adds up from. */
const CORRECTED = 1

/** Copy a disk that is mostly empty. */
export async function copyDisk(from: string, to: string): Promise<void> {
  await run('cp', ['--sparse=always', '--reflink=auto', from, to])
}

/**
 * CIDs of what lies in the spool on the disk of a test Pi that is off. Looked at in a copy, whose file system is brought
 * back to its last consistent state as the machine's next start would.
 *
 * @throws {Error} when the file system cannot be
 */
export async function spooledOnDisk(disk: string): Promise<readonly string[]> {
  const dir = await mkdtemp(join(tmpdir(), 'hygeia-disk-'))
  try {
    const copy = join(dir, 'disk')
    await copyDisk(disk, copy)
    await run('e2fsck', ['-fy', copy]).catch((cause: { readonly code?: unknown }) => {
      if (cause.code !== CORRECTED) throw cause
    })
    const state = join(dir, 'state')
    await mkdir(state)
    for (const name of ['agent.db', 'agent.db-wal']) {
      await run('debugfs', ['-R', `dump /var/lib/hygeia-agent/${name} ${join(state, name)}`, copy])
    }
    return await spooledBatches(state)
  } finally {
    await rm(dir, { recursive: true })
  }
}
