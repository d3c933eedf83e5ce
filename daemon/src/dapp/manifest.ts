import { createHash } from 'node:crypto'
import { z } from 'zod'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'not 64 lower-case hex digits')
const name = /^(?:[A-Za-z0-9_@-][A-Za-z0-9_.@-]*\/)*[A-Za-z0-9_@-][A-Za-z0-9_.@-]*$/

const FILES_LIMIT = 1_000
export const DAPP_MANIFEST = 'dapp.json'
export const DAPP_MANIFEST_LIMIT_BYTES = 262_144

/** What a built web app is made of. Fields that are not listed here are the builder's own affair. */
export const DappManifest = z.looseObject({
  /** Published hash over all files; what `hygeia verify-dapp` compares. */
  hash: z.string().regex(/^(?:0x|sha256-)?[A-Za-z0-9+/=_-]{40,100}$/),
  files: z
    .array(
      z.looseObject({
        /** Relative to the folder, with `/` between its parts; no part begins with a dot. */
        path: z.string().max(200).regex(name, 'not a relative path of plain names'),
        sha256,
      }),
    )
    .min(1)
    .max(FILES_LIMIT),
})
export type DappManifest = z.infer<typeof DappManifest>

/** Name under which exactly these files are kept. @returns 64 hex digits */
export function contentName({ files }: Pick<DappManifest, 'files'>): string {
  const lines = files.map(({ path, sha256 }) => `${sha256}  ${path}\n`).sort()
  return createHash('sha256').update(lines.join('')).digest('hex')
}
