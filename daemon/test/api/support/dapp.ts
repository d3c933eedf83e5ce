import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { hashOver } from '../../../src/dapp/manifest.ts'

/** Write `files` into `folder` as a build of the web app does, with their list. */
export async function buildDapp(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
  const listed = Object.fromEntries(Object.entries(files).map(([path, text]) => [path, sha256(text)]))
  const manifest = { kind: 'hygeia-dapp', version: 1, hash: hashOver(listed), files: listed }
  await writeFile(join(folder, 'dapp.json'), JSON.stringify(manifest))
}
