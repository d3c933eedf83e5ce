import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'

/** `dapp.json`: every file of a build, and one hash over all of them. */
export interface Listing {
  /** SHA-256 of the lines `<sha256>  <path>\n`, in order of path: what `sha256sum` prints. 64 hex digits. */
  readonly hash: string
  readonly files: readonly {
    /** Below the folder, with `/`. */
    readonly path: string
    /** 64 hex digits. */
    readonly sha256: string
  }[]
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
  const files = await Promise.all(
    paths.map(async (path) => ({ path, sha256: sha256(await readFile(join(dir, path))) })),
  )
  return { hash: sha256(files.map(({ path, sha256 }) => `${sha256}  ${path}\n`).join('')), files }
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}
