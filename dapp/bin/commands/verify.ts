import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { parseRecords } from '../../src/verify/record.ts'
import type { Verdict } from '../../src/verify/verdict.ts'
import { verify } from '../../src/verify/verify.ts'
import { usage } from '../host/errors.ts'
import type { CommandSession } from '../host/session.ts'
import type { Run } from './run.ts'

const SIGNS = { true: '✓', false: '✗', unknown: '?' } as const
const VERDICTS = {
  proven: 'PROVEN',
  refuted: 'REFUTED: what is marked ✗ is not true',
  open: 'NOT PROVEN: what is marked ? could not be checked',
} as const

export function addVerifyCommand(program: Command, run: Run): void {
  program
    .command('verify')
    .argument('<file>', 'exported record, audit export, or receipt')
    .description('check a record against the chain; needs no key, reads no data')
    .addHelpText(
      'after',
      `
Exit status is 0 only when everything is proven, 2 when something is not.

Examples:
  $ hygeia verify record.json --rpc http://127.0.0.1:8545
  $ hygeia verify record.json --hospital https://hospital.example:8443 --ca ca.pem
`,
    )
    .action(run(verifyFile))
}

async function verifyFile(session: CommandSession, _options: object, file: string): Promise<void> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw usage(`cannot read ${file}: ${cause instanceof Error ? cause.message : 'missing'}`)
  })
  const remembered = (await session.folder.profile())?.pinned
  const records = parseRecords(bytes, remembered)
  const chain = await session.chain()
  let isProven = true
  for (const record of records) {
    const verdict = await session.terminal.during('asking the chain', () => verify(record, chain))
    session.terminal.result(verdict, linesOf(verdict))
    isProven &&= verdict.outcome === 'proven'
  }
  if (!isProven) session.terminal.endWith(2)
}

function linesOf({ subject, outcome, checks }: Verdict): readonly string[] {
  return [
    subject,
    ...checks.map(({ claim, outcome: held, detail }) => `  ${SIGNS[held]} ${claim}: ${detail}`),
    VERDICTS[outcome],
  ]
}
