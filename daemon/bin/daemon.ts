#!/usr/bin/env node
import { resolve } from 'node:path'
import { CodedError } from '@hygeia/protocol/errors'
import { readConfig } from '@hygeia/runtime/config-file'
import { createLog } from '@hygeia/runtime/log'
import { sdNotify } from '@hygeia/runtime/sd-notify'
import { Command, InvalidArgumentError } from 'commander'
import { DaemonConfig } from '../src/config/config.ts'
import type { Endpoints } from '../src/endpoints.ts'
import { USUAL_EPOCH } from '../src/init/epoch.ts'
import { formatStatus } from '../src/operator/status.ts'
import { formatVote } from '../src/operator/votes.ts'
import { addChainCommands } from './chain-commands.ts'
import { addBackup } from './commands/backup.ts'
import { addDoctor } from './commands/doctor.ts'
import { addKeys } from './commands/keys.ts'
import { addStaffCommands } from './commands/staff.ts'
import { addEmergencyCommands } from './emergencies.ts'
import { accountAddress, askDaemon, DEFAULT_CONFIG, hospitalsCommand, readHandedOver } from './hospitals.ts'

const WATCHDOG_MS = 20_000

/** What the kernel says of a door that cannot be opened, and what to do. */
const SYSTEM_FAULTS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use: end what listens there, or give another port in the configuration',
  EACCES: 'is not allowed to this user: take a port above 1023, or grant CAP_NET_BIND_SERVICE',
  EADDRNOTAVAIL: 'is not an address of this machine: correct the host in the configuration',
}

const program = new Command('hygeia-daemon')
  .description(
    'A hospital: takes sealed batches, proves that they are kept, re-encrypts for whom the patient allows',
  )
  .showHelpAfterError()
  .addHelpText(
    'after',
    `
Examples:
  hygeia-daemon init --dir /var/lib/hygeia --host hospital.example
  hygeia-daemon run --config /var/lib/hygeia/daemon.json
  hygeia-daemon status --config /var/lib/hygeia/daemon.json
  hygeia-daemon admit 0x52908400098527886e0f7030069857d2e4169ee7
  hygeia-daemon hospitals --help
  hygeia-daemon doctor --config /var/lib/hygeia/daemon.json`,
  )

program
  .command('init')
  .description('make keys, certificates, genesis and configuration of a new hospital')
  .requiredOption('--dir <folder>', 'new folder for all of it')
  .requiredOption(
    '--host <names...>',
    'name or address that devices and browsers use; more for the certificate',
  )
  .option('--period <seconds>', 'from block to block', integer(1, 60), 5)
  .option('--gas-limit <gas>', 'of a block', integer(4_700_000, 100_000_000), 4_700_000)
  .option('--epoch <blocks>', 'between two lists of signers in the chain', integer(1, 1_000_000), USUAL_EPOCH)
  .option(
    '--swarm <multiaddresses...>',
    'where other hospitals reach its IPFS node, as /ip4/0.0.0.0/tcp/4001',
  )
  .option('--join <file>', 'invitation to a consortium; chain and contracts are then those of that')
  .addHelpText(
    'after',
    `
Examples:
  hygeia-daemon init --dir /var/lib/hygeia --host hospital.example
  hygeia-daemon init --dir /var/lib/hygeia --host first.example --swarm /ip4/0.0.0.0/tcp/4001
  hygeia-daemon init --dir /var/lib/hygeia --host new.example --swarm /ip4/0.0.0.0/tcp/4001 --join invitation.json`,
  )
  .action(async ({ dir, host, period, gasLimit, epoch, swarm = [], join }) => {
    const { initHospital, joinHospital } = await import('../src/init/init.ts')
    const common = { dir: resolve(dir), hosts: host, swarm }
    const { configFile, hospital } =
      join === undefined
        ? await initHospital({ ...common, periodSec: period, gasLimit, epoch })
        : await joinHospital({ ...common, invitation: await readHandedOver(join) })
    console.log(`A hospital was made in ${resolve(dir)}`)
    console.log(`  operator account  ${hospital.operator}`)
    console.log(`  configuration     ${configFile}`)
    console.log(`\nNext: hygeia-daemon run --config ${configFile}`)
    if (join !== undefined) {
      console.log(`Then: hygeia-daemon hospitals card --config ${configFile}, for the members to admit it by`)
    }
  })

program
  .command('run')
  .description('run the hospital until it is told to stop (Ctrl-C, SIGTERM)')
  .option('--config <file>', 'what init made', DEFAULT_CONFIG)
  .action(async ({ config: file }) => {
    const config = await readConfig(resolve(file), DaemonConfig)
    const log = createLog('hygeia-daemon', config.logLevel)
    const stop = new AbortController()
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      process.once(name, () => {
        log.info({ signal: name }, 'stopping')
        sdNotify('STOPPING=1', process.env)
        stop.abort()
      })
    }
    const watchdog = setInterval(() => sdNotify('WATCHDOG=1', process.env), WATCHDOG_MS)
    try {
      const onReady = (endpoints: Endpoints) => {
        log.info({ ...endpoints }, 'the hospital is open')
        sdNotify('READY=1', process.env)
      }
      const { runDaemon } = await import('../src/daemon.ts')
      await runDaemon(config, log, stop.signal, onReady, process.env)
    } finally {
      clearInterval(watchdog)
    }
  })

program
  .command('status')
  .description('how the hospital is that runs on this machine')
  .option('--config <file>', 'what init made', DEFAULT_CONFIG)
  .option('--json', 'for machines')
  .action(async ({ config: file, json }) => {
    const status = await askDaemon(file, 'GET', 'status')
    console.log(json ? JSON.stringify(status, undefined, 2) : formatStatus(status))
  })

program
  .command('admit')
  .description('vote to let a registered physician in; with one hospital its own vote is enough')
  .argument('<address>', 'account of the physician', accountAddress)
  .option('--config <file>', 'what init made', DEFAULT_CONFIG)
  .action(async (address, { config }) => {
    const voted = await askDaemon(config, 'POST', `physicians/${address}/admission`)
    console.log(formatVote(address, 'is admitted', voted))
  })

addEmergencyCommands(program, DEFAULT_CONFIG)
addChainCommands(program, DEFAULT_CONFIG)
program
  .command('suspend')
  .description('vote to suspend an active physician, whom no hospital answers from that block on')
  .argument('<address>', 'account of the physician', accountAddress)
  .option('--config <file>', 'what init made', DEFAULT_CONFIG)
  .action(async (address, { config }) => {
    const voted = await askDaemon(config, 'POST', `physicians/${address}/suspension`)
    console.log(formatVote(address, 'is suspended', voted))
  })

program.addCommand(hospitalsCommand())
addDoctor(program, DEFAULT_CONFIG)
addBackup(program, DEFAULT_CONFIG)
addKeys(program, DEFAULT_CONFIG)
addStaffCommands(program, DEFAULT_CONFIG)

try {
  await program.parseAsync()
} catch (cause) {
  console.error(`hygeia-daemon: ${explain(cause)}`)
  process.exitCode = 1
}
// What still holds the event loop after everything was stopped must not keep a failed start alive.
if (process.exitCode !== undefined) process.exit()

/** One line for what its reader can put right, more only for what nobody foresaw. */
function explain(cause: unknown): string {
  if (cause instanceof CodedError) return cause.message
  if (!(cause instanceof Error)) return String(cause)
  const { code, address, port } = cause as NodeJS.ErrnoException & { address?: string; port?: number }
  const advice = code === undefined ? undefined : SYSTEM_FAULTS[code]
  return advice === undefined || address === undefined
    ? (cause.stack ?? cause.message)
    : `${address}:${port} ${advice}`
}

function integer(least: number, most: number) {
  return (text: string) => {
    const value = Number(text)
    if (Number.isInteger(value) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`not a whole number from ${least} to ${most}`)
  }
}
