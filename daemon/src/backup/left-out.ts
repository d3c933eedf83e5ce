import { join } from 'node:path'
import type { DaemonConfig } from '../config/config.ts'

/** Folders of the data folder that no backup holds, and what is in them. */
function partsOf({ chain, ipfs }: Pick<DaemonConfig, 'chain' | 'ipfs'>) {
  return [
    ...(chain.engine === 'geth' ? [{ what: 'the chain', folder: 'geth' }] : []),
    ...(ipfs.node === 'kubo' ? [{ what: 'the sealed batches', folder: 'ipfs' }] : []),
  ]
}

/**
 * What the other hospitals have to give back after a restore, for who makes a backup.
 *
 * @param others - hospitals that are known here
 * @returns a line for people; undefined when everything is in the backup
 */
export function leftOutOf(
  config: Pick<DaemonConfig, 'chain' | 'ipfs' | 'dataDir'>,
  others: number,
): string | undefined {
  const parts = partsOf(config)
  if (parts.length === 0) return undefined
  const what = parts.map((part) => part.what).join(' and ')
  if (others > 0) return `Not in it: ${what}, which come back from the other hospitals (${others} known here)`
  const folders = parts.map(({ folder }) => join(config.dataDir, folder)).join(' and ')
  return (
    `Not in it: ${what}, and no other hospital is known here that could give them back. ` +
    `Until one has joined, stop the daemon now and then and keep a copy of ${folders}, too`
  )
}
