import { z } from 'zod'

const Status = z.looseObject({
  hospital: z.string(),
  chain: z.looseObject({
    engine: z.string(),
    chainId: z.number(),
    periodSec: z.number(),
    signers: z.number(),
    head: z.number(),
    headTime: z.number(),
  }),
  batches: z.looseObject({ taken: z.number(), anchored: z.number(), waiting: z.number() }),
  disk: z.looseObject({
    dataDir: z.string(),
    freeBytes: z.number(),
    isUp: z.boolean(),
    isRefusing: z.boolean(),
  }),
  certificateEnds: z.string(),
})

const GIB = 1_073_741_824

/** A daemon's own account of itself, for people. */
export function formatStatus(json: unknown): string {
  const { hospital, chain, batches, disk, certificateEnds } = Status.parse(json)
  const ageSec = Math.max(0, Math.round(Date.now() / 1_000 - chain.headTime))
  const rows: readonly (readonly [string, string])[] = [
    ['hospital', hospital],
    [
      'chain',
      `block ${chain.head}, ${ageSec} s old, every ${chain.periodSec} s (${chain.engine}, ${chain.signers} signer)`,
    ],
    [
      'batches',
      `${batches.taken} taken, ${batches.anchored} anchored, ${batches.waiting} on their way to the disk`,
    ],
    ['disk', `${(disk.freeBytes / GIB).toFixed(1)} GiB free${diskState(disk)} at ${disk.dataDir}`],
    ['certificate', `until ${certificateEnds.slice(0, 10)}`],
  ]
  return rows.map(([name, text]) => `${name.padEnd(12)} ${text}`).join('\n')
}

function diskState({ isUp, isRefusing }: { readonly isUp: boolean; readonly isRefusing: boolean }): string {
  if (!isUp) return ', not writable'
  return isRefusing ? ', nearly full: new batches are refused' : ''
}
