import { resolve } from 'node:path'
import { Argument, type Command } from 'commander'
import { Allowing, namesOf, OPENINGS, type OpeningName, UNIT_DROP_INS } from '../../src/setup/allow.ts'
import { SetupError } from '../../src/setup/errors.ts'
import { linuxMachine } from '../../src/setup/machine.ts'

interface Flags {
  readonly config: string
  readonly list?: boolean
  readonly revoke?: boolean
  readonly now?: boolean
}

const RESTART = ['restart', 'hygeia-agent.service'] as const

/** `allow`: opens what is locked by default. */
export function addAllow(program: Command, defaultConfig: string, getuid: NodeJS.Process['getuid']): void {
  const names = namesOf(OPENINGS)
  program
    .command('allow')
    .description('open what the editor and the service are locked against by default, or lock it again')
    .addArgument(new Argument('[what...]', 'what; --list says what each opens').choices(names))
    .option('-c, --config <file>', 'configuration', defaultConfig)
    .option('--list', 'show what is open')
    .option('--revoke', 'lock it again')
    .option('--now', 'start the service again at once')
    .addHelpText(
      'after',
      '\nExamples:\n  hygeia-agent allow --list\n  sudo hygeia-agent allow palette serial --now\n  sudo hygeia-agent allow --revoke palette',
    )
    .action(async (what: OpeningName[], { list, revoke = false, now = false, ...options }: Flags) => {
      const config = resolve(options.config)
      const allowing = new Allowing({ config, dropIns: UNIT_DROP_INS }, { machine: linuxMachine })
      if (list === true || what.length === 0) {
        const open = await allowing.open()
        for (const name of names) {
          console.log(
            `${name.padEnd(10)} ${open.includes(name) ? 'open  ' : 'locked'}  ${OPENINGS[name].opens}`,
          )
        }
        return
      }
      if (config === resolve(defaultConfig) && getuid?.() !== 0) {
        throw new SetupError(`this changes the system: sudo hygeia-agent allow ${what.join(' ')}`, {
          code: 'NOT_ROOT',
        })
      }
      for (const note of await allowing.set(what, !revoke)) console.log(note)
      console.log(`${revoke ? 'locked' : 'open'}: ${what.join(', ')}`)
      if (now) await linuxMachine.run('systemctl', RESTART)
      else console.log(`It holds once the agent is started again: sudo systemctl ${RESTART.join(' ')}`)
    })
}
