import { link, mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { BackupError } from './errors.ts'

/** A file as it is at one moment: only ever appended to, so its first `sizeBytes` stay what they are. */
export interface HeldFile {
  readonly name: string
  readonly path: string
  readonly sizeBytes: number
}

const CURRENT = 'CURRENT'
const TRIES = 100
const RETRY_MS = 50

/** Whether a folder with these files is a LevelDB. */
export const isLevel = (names: readonly string[]) => names.includes(CURRENT)

/**
 * Hold the files of a LevelDB that somebody may be writing to, as a power cut at this moment would leave them.
 *
 * Tables never change once they are written; the log and the manifest are only appended to. So links to the files and
 * their lengths are the whole database, as long as the manifest does not change between the first look and the last.
 *
 * @param to - new folder on the same file system, which takes the links
 * @throws {BackupError} `TOO_BUSY`
 * @see LevelDB doc/impl.md, "Files"
 */
export async function holdLevel(folder: string, to: string): Promise<readonly HeldFile[]> {
  for (let tries = 0; tries < TRIES; tries++) {
    const held = await holdOnce(folder, join(to, String(tries))).catch((cause: NodeJS.ErrnoException) => {
      // It was merged into another table meanwhile.
      if (cause.code !== 'ENOENT') throw cause
      return undefined
    })
    if (held !== undefined) return held
    await delay(RETRY_MS)
  }
  throw new BackupError(`${folder} is being written too fast: try again at a quieter time`, {
    code: 'TOO_BUSY',
    folder,
  })
}

async function holdOnce(folder: string, to: string): Promise<readonly HeldFile[] | undefined> {
  await mkdir(to, { recursive: true, mode: 0o700 })
  const before = await manifestOf(folder)
  const names = await readdir(folder)
  const tables = names.filter((name) => /^\d+\.(ldb|sst)$/.test(name))
  // Newest first: what is in a newer log came after all that is in an older one.
  const logs = names
    .filter((name) => /^\d+\.log$/.test(name))
    .sort((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10))
  const held: HeldFile[] = []
  for (const name of [...logs, ...tables]) held.push(await hold(folder, to, name))
  await link(join(folder, before.name), join(to, before.name))
  const after = await manifestOf(folder)
  if (after.name !== before.name || after.sizeBytes !== before.sizeBytes) return undefined
  const current = await hold(folder, to, CURRENT)
  return [...held, { ...before, path: join(to, before.name) }, current]
}

async function hold(folder: string, to: string, name: string): Promise<HeldFile> {
  const path = join(to, name)
  await link(join(folder, name), path)
  return { name, path, sizeBytes: (await stat(path)).size }
}

async function manifestOf(folder: string): Promise<{ readonly name: string; readonly sizeBytes: number }> {
  const name = (await readFile(join(folder, CURRENT), 'utf8')).trim()
  return { name, sizeBytes: (await stat(join(folder, name))).size }
}
