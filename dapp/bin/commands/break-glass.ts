import type { Command } from 'commander'
import { breakGlass } from '../../src/physician/break-glass.ts'
import { receivedGrants } from '../../src/physician/grants.ts'
import { usage } from '../host/errors.ts'
import type { CommandSession } from '../host/session.ts'
import { hashArgument } from './arguments.ts'
import type { Run } from './run.ts'

interface BreakOptions {
  readonly reason: string
  readonly wait: string
}

export function addBreakGlassCommand(parent: Command, run: Run): void {
  parent
    .command('break-glass')
    .argument('<grant>', 'given for emergencies: `hygeia physician grants` lists them as sealed')
    .requiredOption('--reason <text>', 'why, for the patient to read; up to 64 characters')
    .option('--wait <minutes>', 'how long for somebody at another hospital to agree', '15')
    .description('open a grant that a patient gave for emergencies; the patient is told')
    .addHelpText(
      'after',
      `
Another hospital has to sign, so that with one hospital there is no break-glass. It stays open for as long as the
patient said.

Example:
  $ hygeia physician break-glass 0x6d…  --reason "found unconscious, nobody to ask"
  $ hygeia physician open --grant 0x6d… --from -24h
`,
    )
    .action(run(act))
}

async function act(session: CommandSession, options: BreakOptions, named: string): Promise<void> {
  const { terminal } = session
  const hash = hashArgument(named)
  const minutes = Number(options.wait)
  if (!(minutes >= 0 && minutes <= 50)) throw usage('--wait is 0 to 50 minutes')
  await session.asPhysician(async (physician) => {
    const held = (await receivedGrants(physician)).find((grant) => grant.hash === hash)
    if (held === undefined) throw usage('no such grant for you: `hygeia physician grants` lists yours')
    const { glass, witness, place, endsAt } = await breakGlass(physician, held, options.reason, {
      waitMs: minutes * 60_000,
      onWaiting: (hospital) => terminal.progress(`waiting for somebody at ${hospital} to agree`),
    })
    await session.folder.putBroken(glass)
    terminal.result({ grant: hash, witness, endsAt, ...place }, [
      `Opened ${hash} in block ${place.blockNumber}; ${witness} signed too, and the patient is told`,
      `It is open until ${new Date(endsAt).toISOString()}`,
      '',
      `Next: hygeia physician open --grant ${hash}`,
    ])
  })
}
