import { resolve } from 'node:path'
import type { UnixMs } from '@hygeia/protocol/units'
import { readConfig } from '@hygeia/runtime/config-file'
import { type Command, Option } from 'commander'
import { DaemonConfig } from '../../src/config/config.ts'
import { addStaff, readStaff, removeStaff, STAFF_ROLES, staffFileIn } from '../../src/staff/file.ts'
import { accountAddress } from '../hospitals.ts'

/** `hygeia-daemon staff …`: who signs in to the operations page. Counts at once, also while the daemon runs. */
export function addStaffCommands(program: Command, defaultConfig: string): void {
  const staff = program
    .command('staff')
    .description('accounts that sign in to the operations page; counts at once')
    .showHelpAfterError()
    .addHelpText(
      'after',
      `
Examples:
  hygeia-daemon staff add 0x52908400098527886e0f7030069857d2e4169ee7 --role operator
  hygeia-daemon staff list
  hygeia-daemon staff remove 0x52908400098527886e0f7030069857d2e4169ee7

What takes two people needs two operators.`,
    )
  const fileOf = async (config: string) =>
    staffFileIn((await readConfig(resolve(config), DaemonConfig)).dataDir)
  const command = (name: string, description: string) =>
    staff.command(name).description(description).option('--config <file>', 'what init made', defaultConfig)

  command('list', 'who is listed, and as what')
    .option('--json', 'for machines')
    .action(async ({ config, json }) => {
      const listed = await readStaff(await fileOf(config))
      if (json) console.log(JSON.stringify(listed, undefined, 2))
      else if (listed.length === 0) console.log('nobody: hygeia-daemon staff add ADDRESS --role operator')
      else for (const { address, role } of listed) console.log(`${address}  ${role}`)
    })
  command('add', 'list an account, or give it another role')
    .argument('<address>', 'of the person', accountAddress)
    .addOption(
      new Option('--role <role>', 'viewer sees; operator also proposes, and approves what another proposed')
        .choices(STAFF_ROLES)
        .makeOptionMandatory(),
    )
    .action(async (address, { config, role }) => {
      await addStaff(await fileOf(config), { address, role, added: Date.now() as UnixMs })
      console.log(`${address} is listed as ${role}`)
    })
  command('remove', 'list an account no longer: its sessions end')
    .argument('<address>', 'of the person', accountAddress)
    .action(async (address, { config }) => {
      const wasListed = await removeStaff(await fileOf(config), address)
      console.log(wasListed ? `${address} is listed no longer` : `${address} was not listed`)
    })
}
