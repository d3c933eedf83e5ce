import { readdir, readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { type BuildManifest, digestOf, MANIFEST, manifestOf } from '../src/build/manifest.ts'

/** Lists every file below `dir` but the list itself. */
export async function listingOf(dir: string): Promise<BuildManifest> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => path !== MANIFEST)
    .sort()
  const files = await Promise.all(
    paths.map(async (path) => ({ path, sha256: digestOf(await readFile(join(dir, path))) })),
  )
  return manifestOf(files)
}
