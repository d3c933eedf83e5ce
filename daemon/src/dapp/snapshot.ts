import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, open, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { compressed } from './compressed.ts'
import { DappError } from './errors.ts'
import { DAPP_MANIFEST, DAPP_MANIFEST_LIMIT_BYTES, DappManifest } from './manifest.ts'

/** A web app as it is served: a copy whose every file is the one that its manifest names. */
export interface DappSnapshot {
  readonly root: string
  /** Names that are served, relative to `root`; compressed forms lie beside them. */
  readonly files: ReadonlySet<string>
  readonly hash: string
}

const LIMIT_BYTES = 64 * 1_048_576

/**
 * Check the web app in `folder` against its manifest and keep a compressed copy: a build that goes on while the daemon
 * runs changes nothing of what is served.
 *
 * @param keepIn - folder for the copy; copies of earlier builds in it are removed
 * @returns undefined when nothing is built there
 * @throws {DappError} when something else than a whole web app is there
 */
export async function snapshotDapp(folder: string, keepIn: string): Promise<DappSnapshot | undefined> {
  const text = await bytesOf(folder, DAPP_MANIFEST, DAPP_MANIFEST_LIMIT_BYTES)
  if (text === undefined) return undefined
  const manifest = parse(text, folder)
  const { hash } = manifest
  const root = join(keepIn, hash)
  await mkdir(keepIn, { recursive: true, mode: 0o700 })
  const kept = await readdir(keepIn)
  if (!kept.includes(hash)) await copy(folder, manifest, keepIn, root)
  await putServed(root, DAPP_MANIFEST, text)
  for (const other of kept) {
    if (other !== hash) await rm(join(keepIn, other), { recursive: true, force: true })
  }
  return { root, files: new Set([...Object.keys(manifest.files), DAPP_MANIFEST]), hash }
}

function parse(text: Buffer, folder: string): DappManifest {
  try {
    return DappManifest.parse(JSON.parse(text.toString()))
  } catch (cause) {
    throw new DappError(
      `${join(folder, DAPP_MANIFEST)} is not the list of a web app's files: build it again`,
      { code: 'DAPP_MANIFEST', folder },
      { cause },
    )
  }
}

async function copy(folder: string, { files }: DappManifest, keepIn: string, root: string): Promise<void> {
  const part = await mkdtemp(join(keepIn, 'part-'))
  let left = LIMIT_BYTES
  for (const [path, sha256] of Object.entries(files)) {
    const bytes = await bytesOf(folder, path, left)
    if (bytes === undefined || createHash('sha256').update(bytes).digest('hex') !== sha256) {
      throw new DappError(`${join(folder, path)} is not as it was built: build the web app again`, {
        code: 'DAPP_ALTERED',
        folder,
        path,
      })
    }
    left -= bytes.length
    await putServed(part, path, bytes, files)
  }
  await rename(part, root)
}

/** @param files - names that are files of the build themselves, and stand in for no other */
async function putServed(
  root: string,
  path: string,
  bytes: Buffer,
  files: DappManifest['files'] = {},
): Promise<void> {
  await put(join(root, path), bytes)
  for (const [ending, small] of await compressed(path, bytes)) {
    if (!Object.hasOwn(files, path + ending)) await put(join(root, path + ending), small)
  }
}

async function put(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, bytes)
}

/** @returns undefined when there is no such file */
async function bytesOf(folder: string, path: string, limitBytes: number): Promise<Buffer | undefined> {
  const file = await open(join(folder, path)).catch((cause: unknown) => {
    if (Object(cause).code === 'ENOENT') return undefined
    throw cause
  })
  if (file === undefined) return undefined
  try {
    if ((await file.stat()).size > limitBytes) {
      throw new DappError(`${join(folder, path)} is larger than a web app is`, {
        code: 'DAPP_TOO_LARGE',
        folder,
        limitBytes,
      })
    }
    return await file.readFile()
  } finally {
    await file.close()
  }
}
