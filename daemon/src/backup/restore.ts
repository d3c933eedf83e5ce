import { randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type { UnixMs } from '@hygeia/protocol/units'
import { syncDirectory, writeAtomic } from '@hygeia/runtime/atomic-write'
import { parseConfig } from '@hygeia/runtime/config-file'
import { writeKeyFile } from '@hygeia/runtime/key-file'
import { extract } from 'tar-stream'
import { DaemonConfig } from '../config/config.ts'
import { BackupError } from './errors.ts'
import { isLevel } from './level-files.ts'
import { type BackupManifest, decodeManifest } from './manifest.ts'
import { type RestoredMark, readRestored, writeRestored } from './restored.ts'
import { opener, type Unlock } from './seal.ts'

/** What a hospital that seals alone goes on with. */
export type ChainChoice =
  /** The chain's folder of the data that was lost: it has the blocks since the backup. */
  | { readonly survivedIn: string }
  /** No such folder: blocks since the backup, and receipts that name them, are lost. */
  | 'lost'

export interface RestoreOptions {
  readonly file: string
  /** New or empty folder. */
  readonly dir: string
  readonly unlock: Unlock
  readonly chain: ChainChoice | undefined
  readonly at: UnixMs
}

const NAME = /^(?:keys|data)(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*)+$/

/**
 * Make a hospital from a backup; it goes on where the backup was made, once it is run.
 *
 * @returns path of its configuration
 * @throws {BackupError} and leaves the folder as it was
 */
export async function restoreBackup(options: RestoreOptions): Promise<{
  readonly configFile: string
  readonly mark: RestoredMark
}> {
  const { dir } = options
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const [inTheWay] = await readdir(dir)
  if (inTheWay !== undefined) {
    throw new BackupError(`${dir} is not empty: move what is in it away, or name another folder`, {
      code: 'IN_THE_WAY',
      path: join(dir, inTheWay),
    })
  }
  try {
    return await restoreInto(options)
  } catch (cause) {
    for (const name of await readdir(dir)) await rm(join(dir, name), { recursive: true, force: true })
    throw cause
  }
}

async function restoreInto({ file, dir, unlock, chain, at }: RestoreOptions) {
  const dataDir = join(dir, 'data')
  const keysDir = join(dir, 'keys')
  await mkdir(dataDir, { mode: 0o700 })
  const { manifest, config } = await unpack(file, dir, unlock, (engine) => {
    if (engine !== 'embedded' || chain !== undefined) return
    throw new BackupError(
      'this hospital seals alone, and blocks that it sealed after the backup are in nobody else’s hands: ' +
        'name the folder of the chain that survived with --chain, or say --chain-lost',
      { code: 'CHAIN_UNDECIDED' },
    )
  })
  if (typeof chain === 'object') await copyChain(chain.survivedIn, join(dataDir, 'chain'))
  // What was encrypted under the old one is not in any backup.
  await writeKeyFile(join(keysDir, 'storage.key'), randomBytes(32))
  const before = await readRestored(dataDir)
  const mark: RestoredMark = {
    times: (before?.times ?? 0) + 1,
    madeAt: manifest.madeAt,
    restoredAt: at,
    chain: manifest.engine !== 'embedded' ? 'peers' : chain === 'lost' ? 'lost' : 'survived',
  }
  await writeRestored(dataDir, mark)
  const configFile = join(dir, 'daemon.json')
  const settled = DaemonConfig.parse({ ...config, dataDir, keysDir })
  // Last, so that a folder with a configuration is whole.
  await writeAtomic(configFile, `${JSON.stringify(settled, undefined, 2)}\n`, 0o644)
  return { configFile, mark }
}

/** @param decide - told the engine before anything is unpacked; throws when that cannot be restored as asked */
async function unpack(
  file: string,
  dir: string,
  unlock: Unlock,
  decide: (engine: string) => void,
): Promise<{ readonly manifest: BackupManifest; readonly config: DaemonConfig }> {
  const refused = (cause?: unknown) =>
    new BackupError(
      `${file} is not a whole backup of this version`,
      { code: 'NOT_A_BACKUP', file },
      { cause },
    )
  const source = Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>
  const opened = await opener(unlock)
    .decrypt(source)
    .catch((cause: unknown) => {
      throw new BackupError(`nothing that was given opens ${file}`, { code: 'WRONG_KEY', file }, { cause })
    })
  const archive = extract()
  const reading = pipeline(Readable.fromWeb(opened as Parameters<typeof Readable.fromWeb>[0]), archive)
  const folders = new Set<string>()
  const unpacked = async () => {
    let manifest: BackupManifest | undefined
    let config: DaemonConfig | undefined
    for await (const entry of archive) {
      const { name, type } = entry.header
      if (manifest === undefined) {
        if (name !== 'backup.json') throw refused()
        manifest = decodeManifest(await text(entry))
        decide(manifest.engine)
      } else if (name === 'daemon.json') config = parseConfig(name, await text(entry), DaemonConfig)
      else {
        if (type !== 'file' || !NAME.test(name)) throw refused()
        const path = join(dir, name)
        if (!folders.has(dirname(path))) await mkdir(dirname(path), { recursive: true, mode: 0o700 })
        folders.add(dirname(path))
        await pipeline(entry, createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }))
      }
    }
    return { manifest, config }
  }
  try {
    // An entry that was cut off may wait for the rest of it for ever: whoever reads the file says that there is none.
    const [{ manifest, config }] = await Promise.all([unpacked(), reading])
    for (const folder of folders) await syncDirectory(folder)
    if (manifest === undefined || config === undefined) throw refused()
    return { manifest, config }
  } catch (cause) {
    if (cause instanceof BackupError) throw cause
    throw refused(cause)
  }
}

/** Of a LevelDB; the rest is its log for people, and its lock. */
const LEVEL_FILE = /^(?:CURRENT|MANIFEST-\d+|\d+\.(?:ldb|sst|log))$/

/** In place of the backup's. What a killed process left is as good as what a stopped one leaves. */
async function copyChain(from: string, to: string): Promise<void> {
  const names = await readdir(from).catch(() => [])
  if (!isLevel(names)) {
    throw new BackupError(`${from} holds no chain: name the folder "chain" of the data that was lost`, {
      code: 'CHAIN_UNDECIDED',
    })
  }
  await rm(to, { recursive: true, force: true })
  await mkdir(to, { mode: 0o700 })
  for (const name of names.filter((one) => LEVEL_FILE.test(one))) {
    await pipeline(
      createReadStream(join(from, name)),
      createWriteStream(join(to, name), { flush: true, mode: 0o600 }),
    )
  }
  await syncDirectory(to)
}
