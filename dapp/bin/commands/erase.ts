import type { Command } from 'commander'
import { eraseData, WHAT_STAYS } from '../../src/patient/erase.ts'
import { usage } from '../host/errors.ts'
import { parseInstant } from '../host/instant.ts'
import type { CommandSession } from '../host/session.ts'
import type { Run } from './run.ts'

interface EraseOptions {
  readonly from: string
  readonly to: string
  readonly yes?: boolean
}

export function addEraseCommand(patient: Command, run: Run): void {
  patient
    .command('erase')
    .description('have every hospital delete what was taken in a range of time, for good')
    .requiredOption('--from <time>', 'taken from then on')
    .requiredOption('--to <time>', 'taken before')
    .option('--yes', 'do not ask')
    .addHelpText(
      'after',
      `\n${WHAT_STAYS.join('\n')}\n\nExample:\n  $ hygeia patient erase --from 2025-11-01 --to 2025-12-01\n`,
    )
    .action(run(erase))
}

async function erase(session: CommandSession, options: EraseOptions): Promise<void> {
  const { terminal } = session
  await session.asPatient(async (patient) => {
    const now = patient.hospital.client.clock.now()
    const range = { from: parseInstant(options.from, now), to: parseInstant(options.to, now) }
    if (range.to <= range.from) throw usage('the range is empty: --to must be after --from')
    const span = `${new Date(range.from).toISOString()} to ${new Date(range.to).toISOString()}`
    terminal.say(
      `Everything from ${span}, at ${patient.hospitals.length} hospitals.\n\n${WHAT_STAYS.join('\n')}\n`,
    )
    if (options.yes !== true && !(await terminal.confirm('Delete it for good?'))) {
      throw usage('nothing was deleted')
    }
    const { erased, untold } = await terminal.during('erasing', () => eraseData(patient, range))
    const waiting = erased.some((one) => one.waiting > 0)
    if (untold.length > 0 || waiting) terminal.endWith(2)
    terminal.result({ ...range, erased, untold, stays: WHAT_STAYS }, [
      ...erased.map(
        ({ hospital, batches, manifests, grants }) =>
          `${hospital}  deleted ${batches} batches, replaced ${manifests} manifests, fragments of ${grants} grants`,
      ),
      ...untold.map(({ hospital, reason }) => `${hospital}  NOT deleted: ${reason}`),
      ...(waiting ? ['Some batches wait for their block: run this again in a minute'] : []),
      ...(untold.length > 0 ? ['Run this again when they are up: what they hold is still there'] : []),
    ])
  })
}
