import { randomBytes } from 'node:crypto'
import { link, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Replace the file at `path` as a whole: after a power cut it holds the old bytes or the new ones.
 *
 * @param mode - permission bits of the new file, 0600 unless told
 */
export async function writeAtomic(path: string, data: string | Uint8Array, mode = 0o600): Promise<void> {
  await writeBeside(path, data, mode, (temporary) => rename(temporary, path))
}

/**
 * Make a file at `path` where there is none: after a power cut it is there as a whole, or not at all.
 *
 * @throws `EEXIST` when there is one; it stays as it is
 */
export async function createAtomic(path: string, data: string | Uint8Array, mode = 0o600): Promise<void> {
  await writeBeside(path, data, mode, async (temporary) => {
    // Unlike a rename, a link replaces nothing.
    await link(temporary, path)
    await rm(temporary)
  })
}

async function writeBeside(
  path: string,
  data: string | Uint8Array,
  mode: number,
  put: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    const file = await open(temporary, 'wx', mode)
    try {
      await file.writeFile(data)
      await file.sync()
    } finally {
      await file.close()
    }
    await put(temporary)
  } catch (cause) {
    await rm(temporary, { force: true })
    throw cause
  }
  await syncDirectory(dirname(path))
}

/** Make renames and creations in `path` survive a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
