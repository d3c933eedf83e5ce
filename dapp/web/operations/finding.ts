/** How something is: `unknown` where nobody has said yet, or there is nothing to judge. */
export type Tone = 'good' | 'warn' | 'bad' | 'unknown'

/** What is the matter, or that nothing is, as words to look up and numbers to put into them. */
export interface Finding {
  readonly tone: Tone
  readonly what: FindingName
  /** How many, days or hours, as `what` says. */
  readonly count: number
}

/** Each has words of its own. */
export const FINDINGS = [
  'stalled',
  'sealing',
  'single',
  'disk-down',
  'disk-full',
  'disk-low',
  'faulty',
  'lagging',
  'under-replicated',
  'stored',
  'forked',
  'refusing',
  'arriving',
  'quiet',
  'no-devices',
  'spool-full-soon',
  'devices-away',
  'sensors-away',
  'keys-end-soon',
  'devices-well',
  'suspended-here',
  'hospitals-away',
  'alone',
  'hospitals-well',
  'certificate-ended',
  'certificate-ends',
  'certificates-well',
] as const
export type FindingName = (typeof FINDINGS)[number]

const RANK: Readonly<Record<Tone, number>> = { unknown: 0, good: 1, warn: 2, bad: 3 }

/** Worst first. */
export const byWeight = (a: Tone, b: Tone): number => RANK[b] - RANK[a]

/** The worst of several: what a glance has to show. @returns `unknown` of none */
export function worst(tones: readonly Tone[]): Tone {
  return tones.reduce((worse: Tone, tone) => (RANK[tone] > RANK[worse] ? tone : worse), 'unknown')
}
