import { mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type HeldFile, holdLevel, isLevel } from './level-files.ts'

/** What a backup leaves out of the data folder. */
const LEFT_OUT = new Set([
  // What a patient's revocation deletes must not come back: patients deal them anew.
  'kfrags',
  // A copy of what is built or installed.
  'dapp',
  // Of the process that runs, not of the hospital.
  'operator-token',
  'endpoints.json',
  // Chain and blocks come back from the other hospitals, and with the blocks what keeps them.
  'geth',
  'kubo',
  'put-pins',
])

/** kfrags on this disk are encrypted under it: without it, those that lie about elsewhere say nothing. */
const STORAGE_KEY = 'storage.key'

/**
 * Which is held before which: each says of those after it that they have something, and they may be ahead of it.
 * Replicas are in the journal, everything is on the chain, and what journal and chain name is in the blocks.
 */
const ORDER = ['replicas', 'journal', '', 'chain', 'ipfs']
export const STAGING = /^\.backup-/

/**
 * Everything of the hospital that cannot be made anew, each database as it was at one moment.
 *
 * @param staging - new folder in the data folder, for links to what may change
 * @returns files by their names in a backup, in the order in which they were held
 */
export async function holdContent(
  { dataDir, keysDir }: { readonly dataDir: string; readonly keysDir: string },
  staging: string,
): Promise<readonly HeldFile[]> {
  const keys = (await filesIn(keysDir, 'keys')).filter(({ name }) => name !== `keys/${STORAGE_KEY}`)
  const entries = await readdir(dataDir, { withFileTypes: true })
  const names = entries
    .filter(({ name }) => !LEFT_OUT.has(name) && !STAGING.test(name) && !name.endsWith('.tmp'))
    .sort((a, b) => placeOf(a.name) - placeOf(b.name))
  const held: HeldFile[] = [...keys]
  for (const entry of names) {
    const path = join(dataDir, entry.name)
    if (entry.isDirectory())
      held.push(...(await holdFolder(path, `data/${entry.name}`, join(staging, entry.name))))
    else if (entry.isFile())
      held.push({ name: `data/${entry.name}`, path, sizeBytes: (await stat(path)).size })
  }
  return held
}

/** Folders of databases, or of folders of databases. */
async function holdFolder(folder: string, name: string, staging: string): Promise<readonly HeldFile[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  if (isLevel(entries.map((entry) => entry.name))) {
    await mkdir(staging, { recursive: true, mode: 0o700 })
    const held = await holdLevel(folder, staging)
    return held.map((file) => ({ ...file, name: `${name}/${file.name}` }))
  }
  const held: HeldFile[] = []
  for (const entry of entries) {
    if (!entry.isDirectory() || LEFT_OUT.has(entry.name)) continue
    const within = await holdFolder(
      join(folder, entry.name),
      `${name}/${entry.name}`,
      join(staging, entry.name),
    )
    held.push(...within)
  }
  return held
}

async function filesIn(folder: string, name: string): Promise<readonly HeldFile[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  return await Promise.all(
    entries
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.tmp'))
      .map(async (entry) => {
        const path = join(folder, entry.name)
        return { name: `${name}/${entry.name}`, path, sizeBytes: (await stat(path)).size }
      }),
  )
}

const placeOf = (name: string) => ORDER.indexOf(ORDER.includes(name) ? name : '')
