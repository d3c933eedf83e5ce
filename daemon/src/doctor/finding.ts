/** What was looked at, how it is, and what to do about it. */
export interface Finding {
  /** A word or two: `clock`, `disk`, `key relay`. */
  readonly subject: string
  readonly isWell: boolean
  /** What was found, in one line. */
  readonly found: string
  /** What to do next; there whenever it is not well. */
  readonly advice?: string
}

export const well = (subject: string, found: string): Finding => ({ subject, isWell: true, found })

export const unwell = (subject: string, found: string, advice: string): Finding => ({
  subject,
  isWell: false,
  found,
  advice,
})

const SUBJECT_WIDTH = 22

/** For people: a line each, ✓ or ✗, and below a ✗ what to do. */
export function formatFindings(findings: readonly Finding[]): string {
  return findings
    .flatMap(({ subject, isWell, found, advice }) => [
      `${isWell ? '✓' : '✗'} ${subject.padEnd(SUBJECT_WIDTH)} ${found}`,
      ...(advice === undefined ? [] : [`  ${''.padEnd(SUBJECT_WIDTH)} → ${advice}`]),
    ])
    .join('\n')
}
