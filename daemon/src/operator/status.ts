import { z } from 'zod'
import { trustLine } from '../browsers/trust.ts'

const Status = z.looseObject({
  hospital: z.string(),
  chain: z.looseObject({
    engine: z.string(),
    chainId: z.number(),
    periodSec: z.number(),
    signers: z.number(),
    head: z.number(),
    final: z.number(),
    headTime: z.number(),
  }),
  batches: z.looseObject({ taken: z.number(), anchored: z.number(), waiting: z.number() }),
  consortium: z.looseObject({ standing: z.string(), hospitals: z.number() }),
  replication: z.looseObject({
    lagBlocks: z.number(),
    wanted: z.number(),
    underReplicated: z.number(),
    faulty: z.array(z.looseObject({ hospital: z.string(), fault: z.string() })),
    replicas: z.number(),
  }),
  disk: z.looseObject({
    dataDir: z.string(),
    freeBytes: z.number(),
    isUp: z.boolean(),
    isRefusing: z.boolean(),
  }),
  certificateEnds: z.string(),
  browsers: z.looseObject({ isTrusted: z.boolean(), disabled: z.array(z.string()) }).optional(),
})

const STANDING: Readonly<Record<string, string>> = {
  active: 'is active',
  suspended: 'is suspended: it takes nothing and re-encrypts nothing',
  unknown: 'is not admitted yet: hand its card to the others (hygeia-daemon hospitals card)',
}
const GIB = 1_073_741_824

/** A daemon's own account of itself, for people. */
export function formatStatus(json: unknown): string {
  const { hospital, chain, batches, consortium, replication, disk, certificateEnds, browsers } =
    Status.parse(json)
  const ageSec = Math.max(0, Math.round(Date.now() / 1_000 - chain.headTime))
  const signers = chain.signers === 1 ? '1 signer' : `${chain.signers} signers`
  const rows: readonly (readonly [string, string])[] = [
    ['hospital', hospital],
    [
      'chain',
      `block ${chain.head}, ${ageSec} s old, final to ${chain.final}, every ${chain.periodSec} s (${chain.engine}, ${signers})`,
    ],
    [
      'batches',
      `${batches.taken} taken, ${batches.anchored} anchored, ${batches.waiting} on their way to the disk`,
    ],
    [
      'consortium',
      `${consortium.hospitals} hospitals, this one ${STANDING[consortium.standing] ?? 'is unknown'}`,
    ],
    [
      'replication',
      `${replication.replicas} batches of others, ${replication.wanted} anchors to fetch (${replication.lagBlocks} blocks behind), ${replication.underReplicated} copies missing elsewhere`,
    ],
    ...replication.faulty.map(({ hospital, fault }) => ['fault', `${hospital}: ${fault}`] as const),
    ['disk', `${(disk.freeBytes / GIB).toFixed(1)} GiB free${diskState(disk)} at ${disk.dataDir}`],
    ['certificate', `until ${certificateEnds.slice(0, 10)}`],
    ...(browsers === undefined ? [] : [['pages', trustLine(browsers)] as const]),
  ]
  return rows.map(([name, text]) => `${name.padEnd(13)} ${text}`).join('\n')
}

function diskState({ isUp, isRefusing }: { readonly isUp: boolean; readonly isRefusing: boolean }): string {
  if (!isUp) return ', not writable'
  return isRefusing ? ', nearly full: new batches are refused' : ''
}
