import { createHash } from 'node:crypto'
import { access, glob, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runToEnd } from './process.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const BUILD = join(ROOT, 'dapp/build/build.ts')
const KEPT = join(ROOT, '.build/built-dapp')
/** What the web app is made of. */
const SOURCES = [
  'dapp/{build,src,web}/**/*',
  'protocol/src/**/*',
  'contracts/generated/**/*',
  'package-lock.json',
]

/**
 * The web app as it is now, built once for all who ask: what `make dapp` left may be older.
 *
 * @returns its folder, which nobody writes to
 */
export async function builtDapp(): Promise<string> {
  const sources = await hashOfSources()
  const dir = join(KEPT, sources)
  if (await isThere(dir)) return dir
  await mkdir(KEPT, { recursive: true })
  const part = await mkdtemp(join(KEPT, 'part-'))
  await runToEnd(BUILD, [part])
  try {
    await rename(part, dir)
  } catch (cause) {
    // Another test built the same at the same time.
    if (!(await isThere(dir))) throw cause
    await rm(part, { recursive: true })
  }
  for (const other of await readdir(KEPT)) {
    if (other !== sources && !other.startsWith('part-')) await rm(join(KEPT, other), { recursive: true })
  }
  return dir
}

async function hashOfSources(): Promise<string> {
  const paths: string[] = []
  for await (const entry of glob(SOURCES, { cwd: ROOT, withFileTypes: true })) {
    if (entry.isFile()) paths.push(join(entry.parentPath, entry.name))
  }
  const hash = createHash('sha256')
  for (const path of paths.sort()) {
    const bytes = await readFile(path)
    hash.update(`${path} ${bytes.length}\n`).update(bytes)
  }
  return hash.digest('hex')
}

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )
