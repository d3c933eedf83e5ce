import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { z } from 'zod'

export const FILE_LIMIT_BYTES = 32 * 1_048_576
export const FILES_LIMIT = 2_000

const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/, 'not a SHA-256 in lower-case hex')

/** Within the build: no way up or out, nothing that a shell or a browser reads in another way than it stands there. */
const path = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/, 'not a plain path')

/** `dapp.json`: every file of a web build but itself. */
export const BuildManifest = z.object({
  version: z.string().max(64),
  files: z
    .array(z.object({ path, bytes: z.int().min(0).max(FILE_LIMIT_BYTES), sha256: sha256Hex }))
    .min(1)
    .max(FILES_LIMIT)
    .refine((files) => new Set(files.map((file) => file.path)).size === files.length, 'a path twice'),
  hash: sha256Hex,
})
export type BuildManifest = z.infer<typeof BuildManifest>
export type BuildFile = BuildManifest['files'][number]

/**
 * The one number that stands for a build: SHA-256 over what `sha256sum` prints of its files, in the order of their
 * paths as bytes. `find . -type f ! -name dapp.json | sed 's|^./||' | LC_ALL=C sort | xargs sha256sum | sha256sum`
 * prints the same.
 *
 * @returns 64 hex digits
 */
export function hashOver(files: readonly Pick<BuildFile, 'path' | 'sha256'>[]): string {
  const sorted = files.toSorted((one, other) => (one.path < other.path ? -1 : 1))
  return digestOf(new TextEncoder().encode(sorted.map((file) => `${file.sha256}  ${file.path}\n`).join('')))
}

/** @returns SHA-256 in hex */
export function digestOf(bytes: Uint8Array): string {
  return bytesToHex(sha256(bytes))
}
