import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { z } from 'zod'

export const FILE_LIMIT_BYTES = 32 * 1_048_576
export const FILES_LIMIT = 1_000
/** Its name in the folder of the build. */
export const MANIFEST = 'dapp.json'

const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/, 'not a SHA-256 in lower-case hex')

/** Within the build: no way up or out, nothing that a shell or a browser reads in another way than it stands there. */
const path = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/, 'not a plain path')

/** `dapp.json`: every file of a web build but itself. */
export const BuildManifest = z.object({
  kind: z.literal('hygeia-dapp'),
  version: z.literal(1),
  /** As `hashOver` has it. */
  hash: sha256Hex,
  /** Path below the folder, with `/`, to SHA-256. */
  files: z.record(path, sha256Hex).refine((files) => {
    const count = Object.keys(files).length
    return count > 0 && count <= FILES_LIMIT
  }, `not 1 to ${FILES_LIMIT} files`),
})
export type BuildManifest = z.infer<typeof BuildManifest>

/** One file of a build. */
export interface BuildFile {
  readonly path: string
  /** Hex. */
  readonly sha256: string
}

export function filesIn({ files }: Pick<BuildManifest, 'files'>): readonly BuildFile[] {
  return Object.entries(files).map(([path, sha256]) => ({ path, sha256 }))
}

/** The list of a build that is made of `files`. */
export function manifestOf(files: readonly BuildFile[]): BuildManifest {
  const listed = Object.fromEntries(files.map(({ path, sha256 }) => [path, sha256]))
  return { kind: 'hygeia-dapp', version: 1, hash: hashOver(files), files: listed }
}

/**
 * The one number that stands for a build: SHA-256 over what `sha256sum` prints of its files, in the order of their
 * paths as bytes. `find . -type f ! -name dapp.json | sed 's|^./||' | LC_ALL=C sort | xargs sha256sum | sha256sum`
 * prints the same.
 *
 * @returns 64 hex digits
 */
export function hashOver(files: readonly BuildFile[]): string {
  const sorted = files.toSorted((one, other) => (one.path < other.path ? -1 : 1))
  return digestOf(new TextEncoder().encode(sorted.map((file) => `${file.sha256}  ${file.path}\n`).join('')))
}

/** @returns SHA-256 in hex */
export function digestOf(bytes: Uint8Array): string {
  return bytesToHex(sha256(bytes))
}
