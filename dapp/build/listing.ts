import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'

/** `dapp.json`: every file of a build, and one hash over all of them. */
export interface Listing {
  readonly kind: 'hygeia-dapp'
  readonly version: 1
  /** SHA-256 of the lines `<sha256>  <path>\n`, in order of path: what `sha256sum` prints. 64 hex digits. */
  readonly hash: string
  /** Path below the folder, with `/`, to SHA-256. */
  readonly files: Readonly<Record<string, string>>
}

export const LISTING = 'dapp.json'

/** Every file below `dir` but the listing itself. */
export async function listingOf(dir: string): Promise<Listing> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => path !== LISTING)
    .sort()
  const files: Record<string, string> = {}
  for (const path of paths) files[path] = sha256(await readFile(join(dir, path)))
  const lines = paths.map((path) => `${files[path]}  ${path}\n`)
  return { kind: 'hygeia-dapp', version: 1, hash: sha256(lines.join('')), files }
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}
