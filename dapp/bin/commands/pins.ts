import { writeAtomic } from '@hygeia/runtime/atomic-write'
import type { Command } from 'commander'
import { Headers } from '../../src/prove/headers.ts'
import type { Pins } from '../../src/verify/offline/pins.ts'
import { usage } from '../host/errors.ts'
import type { CommandSession } from '../host/session.ts'
import type { Run } from './run.ts'

export function addPinsCommand(program: Command, run: Run): void {
  program
    .command('pins')
    .option('-o, --output <file>', 'write there instead of stdout')
    .description(
      'what to know of a consortium to verify its proofs offline: chain, directory, genesis, signers',
    )
    .addHelpText(
      'after',
      `
Whoever verifies has to have this from somebody they believe, not from who gives them the proof.

Example:
  $ hygeia pins --hospital https://hospital.example:8443 --ca ca.pem -o pins.json
`,
    )
    .action(run(writePins))
}

async function writePins(session: CommandSession, { output }: { output?: string }): Promise<void> {
  const { realm, provider, epoch } = await session.hospital()
  if (epoch === undefined) throw usage('this hospital’s chain lists no signers: there is nothing to pin')
  const headers = new Headers(provider)
  const head = await headers.head()
  const { header } = await headers.at(head - (head % epoch))
  const pins: Pins = { ...realm, signers: header.signers }
  const text = `${JSON.stringify(pins, undefined, 2)}\n`
  if (output === undefined) return session.terminal.write(text)
  await writeAtomic(output, text, 0o644)
  session.terminal.result({ output, ...pins }, [
    `${output}: ${header.signers.length} signers, as of block ${header.number}`,
  ])
}
