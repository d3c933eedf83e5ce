import { createHash } from 'node:crypto'
import { z } from 'zod'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'not 64 lower-case hex digits')
/** Relative to the folder, with `/` between its parts; no part begins with a dot. */
const path = z
  .string()
  .max(200)
  .regex(
    /^(?:[A-Za-z0-9_@-][A-Za-z0-9_.@-]*\/)*[A-Za-z0-9_@-][A-Za-z0-9_.@-]*$/,
    'not a relative path of plain names',
  )

const FILES_LIMIT = 1_000
export const DAPP_MANIFEST = 'dapp.json'
export const DAPP_MANIFEST_LIMIT_BYTES = 262_144

/** What a built web app is made of, as its build lists it. */
export const DappManifest = z
  .looseObject({
    kind: z.literal('hygeia-dapp'),
    version: z.literal(1),
    /** SHA-256 of the lines `<sha256>  <path>\n`, in order of path; what `hygeia verify-dapp` compares. */
    hash: sha256,
    files: z.record(path, sha256),
  })
  .refine(({ files }) => {
    const count = Object.keys(files).length
    return count > 0 && count <= FILES_LIMIT
  }, `not 1 to ${FILES_LIMIT} files`)
  .refine(({ files, hash }) => hashOver(files) === hash, 'the hash is not that of the files')
export type DappManifest = z.infer<typeof DappManifest>

/** @param files - paths and their SHA-256, both as in the manifest */
export function hashOver(files: Readonly<Record<string, string>>): string {
  const lines = Object.keys(files)
    .sort()
    .map((path) => `${files[path]}  ${path}\n`)
  return createHash('sha256').update(lines.join('')).digest('hex')
}
