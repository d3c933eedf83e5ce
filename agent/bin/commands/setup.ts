import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { systemClock } from '@hygeia/runtime/clock'
import type { Command } from 'commander'
import { PACKAGED_STATE } from '../../src/config/default-config.ts'
import { SEALED_KEY_FILE } from '../../src/identity/credential.ts'
import { SetupError } from '../../src/setup/errors.ts'
import { linuxMachine } from '../../src/setup/machine.ts'
import type { SetupOptions } from '../../src/setup/setup.ts'
import { terminalOf } from '../../src/setup/terminal.ts'

type Flags = Omit<SetupOptions, 'sealedKey'> & { readonly yes?: boolean; readonly enrolmentFile?: string }

export interface SetupCommandDeps {
  readonly process: Pick<NodeJS.Process, 'stdin' | 'stdout' | 'getuid'>
  readonly defaultConfig: string
  readonly signal: AbortSignal
}

export function addSetup(program: Command, { process, defaultConfig, signal }: SetupCommandDeps): void {
  program
    .command('setup')
    .description('everything between the installed package and a running agent; may be run again')
    .option('-c, --config <file>', 'configuration to write', defaultConfig)
    .option('-s, --state <directory>', 'where spool and pairing are kept', PACKAGED_STATE)
    .option('-y, --yes', 'ask nothing: what can be answered with yes is')
    .option('--enrolment <text>', 'as the patient’s app shows it; others on this machine can see it')
    .option('--enrolment-file <file>', 'a file that holds it, or - for the standard input')
    .option('--no-i2c', 'leave I2C as it is')
    .option('--no-sensors', 'do not look for sensors')
    .option('--no-pair', 'do not ask for an enrolment')
    .option('--no-password', 'leave the editor’s password as it is')
    .option('--no-start', 'do not start the service')
    .option('--no-wait', 'do not wait for the patient’s answer: the service does')
    .addHelpText(
      'after',
      '\nExamples:\n  hygeia-agent setup\n  hygeia-agent setup --yes --no-wait --enrolment-file enrolment.txt',
    )
    .action(async ({ yes: isSilent = false, enrolmentFile, ...flags }: Flags) => {
      if (flags.state === PACKAGED_STATE && process.getuid?.() !== 0) {
        throw new SetupError('this changes the system: sudo hygeia-agent setup', { code: 'NOT_ROOT' })
      }
      if (!isSilent && !process.stdin.isTTY) {
        throw new SetupError('nobody is there to be asked: say --yes', { code: 'NOBODY_TO_ASK' })
      }
      const enrolment =
        enrolmentFile === undefined
          ? flags.enrolment
          : enrolmentFile === '-'
            ? await text(process.stdin)
            : await readFile(enrolmentFile, 'utf8')
      const config = resolve(flags.config)
      const sealedKey =
        flags.state === PACKAGED_STATE ? SEALED_KEY_FILE : resolve(flags.state, 'device.key.sealed')
      const command = (name: string) => {
        const found = program.commands.find((one) => one.name() === name)
        const words = ['--config', config, ...(name === 'scan' ? scanWords(isSilent) : [])]
        return found && (async () => void (await found.parseAsync(words, { from: 'user' })))
      }
      const { setUp } = await import('../../src/setup/setup.ts')
      await setUp(
        { ...flags, config, state: resolve(flags.state), enrolment, sealedKey },
        {
          terminal: terminalOf(process, !isSilent, signal),
          machine: linuxMachine,
          clock: systemClock,
          // An editor's password cannot be answered with yes.
          command: (name) => (isSilent && name === 'password' ? undefined : command(name)),
        },
        signal,
      )
    })
}

/** Set-up has asked about I2C itself. */
function scanWords(isSilent: boolean): readonly string[] {
  return isSilent ? ['--no-i2c', '--yes'] : ['--no-i2c']
}
