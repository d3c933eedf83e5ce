import { randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { access, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { UnixMs } from '@hygeia/protocol/units'
import { syncDirectory } from '@hygeia/runtime/atomic-write'
import { pack } from 'tar-stream'
import type { DaemonConfig } from '../config/config.ts'
import { holdContent, STAGING } from './content.ts'
import { BackupError } from './errors.ts'
import { noteBackup } from './last.ts'
import type { HeldFile } from './level-files.ts'
import { encodeManifest } from './manifest.ts'
import { type Lock, sealer } from './seal.ts'

export interface BackupOptions {
  readonly config: DaemonConfig
  /** New file. */
  readonly out: string
  readonly lock: Lock
  readonly at: UnixMs
}

/**
 * Write everything of a hospital that cannot be made anew into one encrypted file, whether the daemon runs or not.
 *
 * @returns size of what is in it
 * @throws {BackupError}
 */
export async function makeBackup({
  config,
  out,
  lock,
  at,
}: BackupOptions): Promise<{ readonly bytes: number }> {
  if (await exists(out)) {
    throw new BackupError(`${out} is there already: name a new file`, { code: 'IN_THE_WAY', path: out })
  }
  // A backup that was killed leaves its links behind.
  for (const name of await readdir(config.dataDir)) {
    if (STAGING.test(name)) await rm(join(config.dataDir, name), { recursive: true, force: true })
  }
  const staging = join(config.dataDir, `.backup-${randomBytes(4).toString('hex')}`)
  const partial = `${out}.partial`
  try {
    await mkdir(staging, { mode: 0o700 })
    const files = await holdContent(config, staging)
    await write(partial, lock, config, at, files)
    await rename(partial, out)
    await syncDirectory(dirname(out))
    await noteBackup(config.dataDir, at)
    return { bytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) }
  } finally {
    await rm(partial, { force: true })
    await rm(staging, { recursive: true, force: true })
  }
}

async function write(
  to: string,
  lock: Lock,
  config: DaemonConfig,
  at: UnixMs,
  files: readonly HeldFile[],
): Promise<void> {
  const archive = pack()
  const sealed = await sealer(lock).encrypt(
    Readable.toWeb(Readable.from(archive)) as ReadableStream<Uint8Array>,
  )
  const out = createWriteStream(to, { flags: 'w', mode: 0o600 })
  const writing = pipeline(Readable.fromWeb(sealed as Parameters<typeof Readable.fromWeb>[0]), out)
  const filling = fill(archive, config, at, files).catch((cause: Error) => {
    archive.destroy(cause)
    throw cause
  })
  await Promise.all([filling, writing])
  const file = await open(to, 'r')
  await file.sync().finally(() => file.close())
}

async function fill(
  archive: ReturnType<typeof pack>,
  config: DaemonConfig,
  at: UnixMs,
  files: readonly HeldFile[],
): Promise<void> {
  archive.entry({ name: 'backup.json' }, encodeManifest({ madeAt: at, engine: config.chain.engine }))
  archive.entry({ name: 'daemon.json' }, `${JSON.stringify(config, undefined, 2)}\n`)
  for (const { name, path, sizeBytes } of files) {
    const entry = archive.entry({ name, size: sizeBytes, mode: 0o600 })
    if (sizeBytes === 0) entry.end('')
    else await pipeline(createReadStream(path, { end: sizeBytes - 1 }), entry)
  }
  archive.finalize()
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  )
}
