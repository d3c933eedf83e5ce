import { access } from 'node:fs/promises'
import { systemClock } from '@hygeia/runtime/clock'
import { pino } from 'pino'
import { ChainError } from '../errors.ts'
import { type Blocks, blocksOf } from '../migrate/blocks.ts'
import { Validator } from './validator.ts'

export interface HeldChainOptions {
  /** Folder of the embedded chain. */
  readonly dir: string
  readonly genesis: unknown
  /** 32 bytes; nothing is sealed with it. */
  readonly signerKey: Uint8Array
}

/**
 * An embedded chain that stands still until it is closed: nobody can seal on it meanwhile.
 *
 * @throws {ChainError} `CHAIN_LOCKED` while a daemon runs it, or whatever else keeps it from being opened
 */
export async function holdChain(options: HeldChainOptions): Promise<Blocks> {
  const { dir } = options
  await access(dir).catch(() => {
    throw new ChainError(`there is no embedded chain in ${dir}: run the daemon first`, {
      code: 'NO_CHAIN',
      dir,
    })
  })
  const validator = await Validator.open(
    { ...options, rpc: { host: '127.0.0.1', port: 0 } },
    { clock: systemClock, log: pino({ level: 'silent' }), onHead: () => {} },
  )
  return await blocksOf({ call: validator.call, close: () => validator.stop() })
}
