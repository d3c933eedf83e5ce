import { access, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { within } from '@hygeia/runtime/abort'
import { writeAtomic } from '@hygeia/runtime/atomic-write'
import { Backoff } from '@hygeia/runtime/backoff'
import { type Clock, sleep } from '@hygeia/runtime/clock'
import type { Logger } from '@hygeia/runtime/log'
import { Supervisor } from '../../engines/supervisor.ts'
import { ChainError } from '../errors.ts'
import { type GethOptions, runArguments } from '../geth/arguments.ts'
import { gethFolder } from '../geth/folder.ts'
import { relogGeth } from '../geth/log-line.ts'
import { runGeth, writeGethFiles } from '../geth/prepare.ts'
import { IpcTransport } from '../json-rpc/ipc.ts'
import { FinalPin } from '../rpc/pin.ts'
import { type Blocks, blocksOf } from './blocks.ts'
import { exportChain } from './export.ts'

export interface MigrationOptions {
  /** Path of geth. */
  readonly binary: string
  /** Folder that geth will keep its chain in. */
  readonly dir: string
  /** File in which the hospital remembers what was final. */
  readonly pin: string
  readonly genesis: unknown
  /** 32 bytes: the key that sealed so far, and will. */
  readonly validatorKey: Uint8Array
  readonly geth: GethOptions
}

export interface MigrationDeps {
  readonly clock: Clock
  readonly log: Logger
  /** Told before each step. */
  readonly onStep: (text: string) => void
}

const START_LIMIT_MS = 60_000
const PATIENCE_MS = 60_000

/**
 * Have geth take over a chain: it validates every block itself. What it seals next follows the same head with the same key.
 * A run that was cut off is repeated from its beginning; nothing of the old chain is touched.
 *
 * @returns the head that both engines agree on
 * @throws {ChainError} `CHAIN_EXISTS` when geth holds a chain there that may have gone on, `GETH_FAILED`, `IMPORT_DIFFERS`
 */
export async function migrateToGeth(
  blocks: Blocks,
  options: MigrationOptions,
  deps: MigrationDeps,
): Promise<Blocks['head']> {
  const { binary, dir, genesis, validatorKey } = options
  const { onStep } = deps
  const folder = gethFolder(dir)
  if (await exists(folder.initialised)) {
    throw new ChainError(`${dir} holds a chain of geth already: move it away if it is not needed any more`, {
      code: 'CHAIN_EXISTS',
      dir,
    })
  }
  await rm(join(dir, 'geth'), { recursive: true, force: true })
  const file = join(dirname(dir), 'chain-export.rlp')
  onStep(`writing ${blocks.head.number + 1} blocks to ${file}`)
  await exportChain(blocks, file)
  onStep('geth validates and imports them')
  await writeGethFiles(folder, options.geth, { genesis, validatorKey })
  await runGeth(binary, folder, ['init', folder.genesis])
  await runGeth(binary, folder, [
    'import',
    '--syncmode',
    'full',
    '--gcmode',
    'archive',
    '--history.transactions',
    '0',
    file,
  ])
  onStep('comparing heads')
  const { genesisHash, head } = await headOf(options, deps)
  const { number, hash } = blocks.head
  if (head.number !== number || head.hash !== hash) {
    throw new ChainError(
      `geth came to block ${head.number} ${head.hash}, not to ${number} ${hash}: the hospital stays with the embedded engine`,
      { code: 'IMPORT_DIFFERS', wanted: hash, held: head.hash },
    )
  }
  await new FinalPin({ path: options.pin }).write({ genesisHash, number, hash })
  await writeAtomic(folder.initialised, '')
  await rm(file)
  return head
}

/** Where geth stands, asked while it does not seal. */
async function headOf(
  { binary, dir, geth }: MigrationOptions,
  { clock, log }: MigrationDeps,
): Promise<{ genesisHash: string; head: Blocks['head'] }> {
  const folder = gethFolder(dir)
  const supervisor = new Supervisor(
    {
      name: 'geth',
      command: binary,
      args: runArguments(folder, geth),
      env: { HOME: dir },
      cwd: dir,
      patienceMs: PATIENCE_MS,
    },
    { clock, log, onLine: (line) => relogGeth(log, line), onRestarted: () => {} },
  )
  const transport = new IpcTransport({ path: folder.ipc })
  await supervisor.start()
  try {
    const signal = within(START_LIMIT_MS)
    const backoff = new Backoff({ firstMs: 50, limitMs: 1_000 })
    for (;;) {
      try {
        const { head } = await blocksOf(transport)
        const block0 = (await transport.call('eth_getBlockByNumber', ['0x0', false])) as { hash: string }
        return { genesisHash: block0.hash, head }
      } catch (cause) {
        if (!(cause instanceof ChainError)) throw cause
        await sleep(clock, backoff.nextMs(), signal)
      }
    }
  } finally {
    await transport.close()
    await supervisor.stop()
  }
}

/** The embedded engine must never seal on what geth carries on: its folder gets a name that it does not look for. */
export async function retireEmbedded(dir: string): Promise<string> {
  const retired = `${dir}-until-geth`
  await rename(dir, retired)
  return retired
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  )
}
