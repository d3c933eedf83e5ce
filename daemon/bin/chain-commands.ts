import { resolve } from 'node:path'
import { parseAddress } from '@hygeia/protocol/ids'
import { writeAtomic } from '@hygeia/runtime/atomic-write'
import { systemClock } from '@hygeia/runtime/clock'
import { readConfig } from '@hygeia/runtime/config-file'
import { createLog } from '@hygeia/runtime/log'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { DaemonConfig } from '../src/config/config.ts'
import { callOperator } from '../src/operator/call.ts'
import { formatValidators } from '../src/operator/validators.ts'

/** Commands about the chain below the daemon: who seals, and how it moves to another engine. */
export function addChainCommands(program: Command, defaultConfig: string): void {
  const validators = program
    .command('validators')
    .description('who seals blocks, and this hospital’s votes on it')
  const chain = program.command('chain').description('take the chain out, or over to another engine')
  const configOf = async (file: string) => await readConfig(resolve(file), DaemonConfig)

  validators
    .command('list')
    .description('who seals, and what this hospital votes for')
    .option('--config <file>', 'what init made', defaultConfig)
    .option('--json', 'for machines')
    .action(async ({ config: file, json }) => {
      const list = await callOperator(await configOf(file), 'GET', 'validators')
      console.log(json ? JSON.stringify(list, undefined, 2) : formatValidators(list))
    })
  validators
    .command('propose')
    .description('vote for a validator with every block sealed here, until a majority agrees')
    .argument('<address>', 'validator account of the other hospital', address)
    .option('--out', 'vote it out instead')
    .option('--config <file>', 'what init made', defaultConfig)
    .action(async (validator, { config: file, out }) => {
      const noun = out ? 'removal' : 'admission'
      await callOperator(await configOf(file), 'POST', `validators/${validator}/${noun}`)
      console.log(
        `this hospital votes ${validator} ${out ? 'out' : 'in'}; "validators list" shows when it is through`,
      )
    })
  validators
    .command('discard')
    .description('vote no more on a validator')
    .argument('<address>', 'that was proposed', address)
    .option('--config <file>', 'what init made', defaultConfig)
    .action(async (validator, { config: file }) => {
      await callOperator(await configOf(file), 'DELETE', `validators/${validator}/proposal`)
      console.log(`this hospital votes no more on ${validator}`)
    })

  // What reads a chain is loaded only by who needs it: the other commands answer at once.
  const migration = async () => await import('../src/chain/migrate/migrate.ts')
  chain
    .command('export')
    .description('write every block as geth would, for "geth import" and for keeping')
    .argument('<file>', 'RLP of the blocks, one after the other')
    .option('--config <file>', 'what init made', defaultConfig)
    .action(async (out, { config: file }) => {
      const { writeChain } = await migration()
      const { head, bytes } = await writeChain(await configOf(file), resolve(out))
      console.log(`blocks 0 to ${head.number} (${head.hash}), ${bytes} bytes, are in ${resolve(out)}`)
    })
  chain
    .command('migrate')
    .description(
      'have another engine carry the chain on: same validator, addresses and history; the daemon must be stopped',
    )
    .addOption(new Option('--engine <name>', 'which').choices(['geth']).makeOptionMandatory())
    .option('--config <file>', 'what init made', defaultConfig)
    .action(async ({ config: file }) => {
      const { migrate } = await migration()
      const config = await configOf(file)
      const log = createLog('hygeia-daemon', config.logLevel)
      const onStep = (text: string) => console.log(`  ${text}`)
      const moved = await migrate(config, process.env, { clock: systemClock, log, onStep })
      await writeAtomic(resolve(file), `${JSON.stringify(moved.config, undefined, 2)}\n`)
      const retired = await moved.retire()
      console.log(`geth carries on from block ${moved.head.number}; the old chain is kept in ${retired}`)
      console.log(`Next: hygeia-daemon run --config ${resolve(file)}`)
    })
  chain
    .command('enode')
    .description('what the other hospitals list under "peers" to reach this one’s geth')
    .option('--config <file>', 'what init made', defaultConfig)
    .action(async ({ config: file }) => {
      const { enode } = await import('../src/chain/geth/own-enode.ts')
      console.log(await enode(await configOf(file)))
    })
}

function address(text: string): string {
  try {
    return parseAddress(text.toLowerCase())
  } catch {
    throw new InvalidArgumentError('not an account address (0x and 40 hex digits)')
  }
}
