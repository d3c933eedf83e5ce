import { readdir, readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { type BuildFile, digestOf, MANIFEST } from '../../src/build/manifest.ts'
import { usage } from './errors.ts'

/** The files of a web build on this disk, as they are, whatever its `dapp.json` says. @throws {HostError} `USAGE` */
export async function filesOfBuild(folder: string): Promise<readonly BuildFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => {
    throw usage(
      `there is no build in ${folder}: make one, name its folder with --build, or its hash with --hash`,
    )
  })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const files: BuildFile[] = []
  for (const file of paths) {
    const path = relative(folder, file).replaceAll(sep, '/')
    if (path === MANIFEST) continue
    files.push({ path, sha256: digestOf(await readFile(file)) })
  }
  if (files.length === 0) throw usage(`${folder} is empty: make a build first`)
  return files
}
