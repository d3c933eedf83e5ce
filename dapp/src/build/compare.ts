import {
  type BuildFile,
  type BuildManifest,
  digestOf,
  FILE_LIMIT_BYTES,
  filesIn,
  hashOver,
} from './manifest.ts'

/** What is wrong with one file of a build that is served. */
export type Deviation =
  /** Another content than `dapp.json` of the same server says. */
  | 'not as its list says'
  | 'not served'
  /** Another content than the build it is compared with has. */
  | 'differs'
  /** In that build, and not in what is served. */
  | 'missing'
  /** Served, and not in that build. */
  | 'added'

export interface Difference {
  readonly path: string
  readonly deviation: Deviation
}

export interface Comparison {
  /** Over the files as they were served. */
  readonly hash: string
  /** What it should be. */
  readonly expected: string
  readonly differences: readonly Difference[]
  readonly isSame: boolean
}

/** What a build should be: its files, or only the hash over them. */
export type Expected = { readonly files: readonly BuildFile[] } | { readonly hash: string }

/** Gives a file of the build as it is served; undefined when there is none. `''` is what a browser gets first. */
export type Read = (path: string, limitBytes: number) => Promise<Uint8Array | undefined>

const AT_ONCE = 4
const FIRST_PAGE = 'index.html'

/**
 * Fetch every file of a build that is served, and compare. The list that the server gives is believed in nothing: a
 * file counts as it was served, and the page without a name must be `index.html`.
 */
export async function compareBuild(
  manifest: BuildManifest,
  expected: Expected,
  read: Read,
): Promise<Comparison> {
  const differences: Difference[] = []
  const served: BuildFile[] = []
  const listed = filesIn(manifest)
  const waiting = [...listed, ...firstPageOf(listed)]
  const worker = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const bytes = await read(file.path, FILE_LIMIT_BYTES)
      if (bytes === undefined) {
        differences.push({ path: file.path || '/', deviation: 'not served' })
        continue
      }
      const sha256 = digestOf(bytes)
      if (sha256 !== file.sha256) {
        differences.push({ path: file.path || '/', deviation: 'not as its list says' })
      }
      if (file.path !== '') served.push({ path: file.path, sha256 })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  const hash = hashOver(served)
  const wanted = 'hash' in expected ? expected.hash : hashOver(expected.files)
  if ('files' in expected) differences.push(...between(served, listed, expected.files))
  differences.sort((one, other) => (one.path < other.path ? -1 : 1))
  const isSame = differences.length === 0 && hash === wanted && manifest.hash === wanted
  return { hash, expected: wanted, differences, isSame }
}

function firstPageOf(listed: readonly BuildFile[]): readonly BuildFile[] {
  const page = listed.find(({ path }) => path === FIRST_PAGE)
  return page === undefined ? [] : [{ ...page, path: '' }]
}

function between(
  served: readonly BuildFile[],
  listed: readonly BuildFile[],
  wanted: readonly BuildFile[],
): readonly Difference[] {
  const there = new Map(served.map((file) => [file.path, file.sha256]))
  const names = new Set(listed.map(({ path }) => path))
  const right = new Map(wanted.map((file) => [file.path, file.sha256]))
  const differs = wanted
    .filter(({ path, sha256 }) => there.has(path) && there.get(path) !== sha256)
    .map(({ path }) => ({ path, deviation: 'differs' }) as const)
  const missing = wanted
    .filter(({ path }) => !names.has(path))
    .map(({ path }) => ({ path, deviation: 'missing' }) as const)
  const added = served
    .filter(({ path }) => !right.has(path))
    .map(({ path }) => ({ path, deviation: 'added' }) as const)
  return [...differs, ...missing, ...added]
}
