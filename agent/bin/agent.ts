#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { CodedError } from '@hygeia/protocol/errors'
import { isAbort } from '@hygeia/runtime/abort'
import { systemClock } from '@hygeia/runtime/clock'
import { readConfig } from '@hygeia/runtime/config-file'
import { createLog } from '@hygeia/runtime/log'
import { sdNotify } from '@hygeia/runtime/sd-notify'
import { Command } from 'commander'
import { AgentConfig, pathsOf } from '../src/config/config.ts'
import { PACKAGED_STATE } from '../src/config/default-config.ts'
import { AgentError } from '../src/errors.ts'
import { showStatus } from '../src/health/show.ts'
import { readStatus } from '../src/health/status-file.ts'
import { HospitalError } from '../src/hospital/errors.ts'
import { withCredential } from '../src/identity/credential.ts'
import { VERSION } from '../src/version.ts'
import { addAlarmCommands } from './commands/alarms.ts'
import { addAllow } from './commands/allow.ts'
import { addScan } from './commands/scan.ts'
import { addSetup } from './commands/setup.ts'

/** sysexits.h EX_CONFIG: starting again will not help. */
const CONFIG_ERROR = 78
const DEFAULT_CONFIG = '/etc/hygeia/agent.json'

const signals = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => signals.abort())

interface ConfigOption {
  readonly config: string
}

const program = new Command('hygeia-agent')
  .description(
    'Reads the sensors at a bedside, seals what they say, and sends it to a hospital that cannot read it',
  )
  .version(VERSION, '-V, --version', 'say which version this is')
  .showHelpAfterError()

program
  .command('init')
  .description('make the device key and a configuration, where there are none')
  .option('-c, --config <file>', 'configuration to write', DEFAULT_CONFIG)
  .option('-s, --state <directory>', 'where key, spool and pairing are kept', PACKAGED_STATE)
  .addHelpText(
    'after',
    '\nExamples:\n  hygeia-agent init\n  hygeia-agent init --config ./agent.json --state ./state',
  )
  .action(async ({ config, state }: ConfigOption & { readonly state: string }) => {
    const { initAgent } = await import('../src/init.ts')
    const { device, isNewKey, isNewConfig } = await initAgent(resolve(config), resolve(state))
    console.log(`device         ${device}${isNewKey ? '' : ' (as before)'}`)
    console.log(`configuration  ${resolve(config)}${isNewConfig ? '' : ' (as before)'}`)
    console.log('Next: hygeia-agent pair <enrolment>, with the string that the patient’s app shows.')
  })

program
  .command('pair')
  .description('pair with the patient whose app made the enrolment')
  .argument('<enrolment>', 'string that the app shows, or has in its QR code')
  .option('-c, --config <file>', 'configuration', DEFAULT_CONFIG)
  .option('--ignore-dates', 'the clock of this device is not right yet')
  .addHelpText(
    'after',
    '\nExamples:\n  hygeia-agent pair hygeia1:hhsA…\n  hygeia-agent pair --ignore-dates hygeia1:hhsA…',
  )
  .action(async (text: string, options: ConfigOption & { readonly ignoreDates?: boolean }) => {
    const { pairDevice } = await import('./commands/pair.ts')
    await pairDevice(text, options, signals.signal)
  })

program
  .command('run')
  .description('sample, seal and send until told to stop')
  .option('-c, --config <file>', 'configuration', DEFAULT_CONFIG)
  .addHelpText('after', '\nExamples:\n  hygeia-agent run\n  hygeia-agent run --config ./agent.json')
  .action(async (options: ConfigOption) => {
    // Both now: what waits for days to be paired must not load the rest of itself from a newer package.
    const { finishPairing } = await import('../src/pairing/finish-pairing.ts')
    const { runAgent } = await import('../src/agent.ts')
    const config = withCredential(
      await readConfig(options.config, AgentConfig),
      process.env.CREDENTIALS_DIRECTORY,
    )
    const log = createLog('hygeia-agent', config.logLevel)
    const onAlive = (isFirst: boolean) =>
      sdNotify(isFirst ? 'STATUS=\nREADY=1\nWATCHDOG=1' : 'WATCHDOG=1', process.env)
    signals.signal.addEventListener('abort', () => sdNotify('STOPPING=1', process.env), { once: true })
    const onWaiting = () => sdNotify('READY=1\nWATCHDOG=1\nSTATUS=not paired yet', process.env)
    await finishPairing(config, { log, onAlive: onWaiting }, signals.signal)
    await runAgent(config, { log, onAlive }, signals.signal)
  })

program
  .command('status')
  .description('how the agent is: spool, receipts, label keys, sensors')
  .option('-c, --config <file>', 'configuration', DEFAULT_CONFIG)
  .option('--json', 'as the status file has it')
  .addHelpText(
    'after',
    '\nExamples:\n  hygeia-agent status\n  hygeia-agent status --json | jq .delivery.spool',
  )
  .action(async (options: ConfigOption & { readonly json?: boolean }) => {
    const config = await readConfig(options.config, AgentConfig)
    const paths = pathsOf(config)
    const status = await readStatus(paths.status)
    if (status === undefined) {
      const isPaired = existsSync(join(config.stateDir, 'pairing.json'))
      throw new AgentError(
        isPaired
          ? 'the agent has not run here yet: start it with run'
          : 'this device is not paired yet: run pair',
        { code: isPaired ? 'NOT_STARTED' : 'NOT_PAIRED' },
      )
    }
    const isLive = isRunning(status.pid) && systemClock.now() - status.at < 10 * config.status.everyMs
    if (options.json === true) console.log(JSON.stringify({ ...status, isLive }, undefined, 2))
    else console.log(showStatus(status, isLive, systemClock.now()))
  })

program
  .command('password')
  .description('set the password of the Node-RED editor')
  .option('-c, --config <file>', 'configuration', DEFAULT_CONFIG)
  .option('--stdin', 'read it from standard input, one line')
  .addHelpText('after', '\nExamples:\n  hygeia-agent password\n  hygeia-agent password --stdin < file')
  .action(async (options: ConfigOption & { readonly stdin?: boolean }) => {
    const config = await readConfig(options.config, AgentConfig)
    const { askedPassword } = await import('../src/editor/ask-password.ts')
    const { stdin, stderr } = process
    const password = await askedPassword({ stdin, stderr, isPiped: options.stdin ?? false })
    const { writePassword } = await import('../src/editor/password.ts')
    await writePassword(pathsOf(config).editorPassword, password)
    console.log('The editor has a password; its user is hygeia. Start the agent again.')
  })

addAlarmCommands(program, DEFAULT_CONFIG)
addScan(program, { process, defaultConfig: DEFAULT_CONFIG, signal: signals.signal })
addAllow(program, DEFAULT_CONFIG, process.getuid)
addSetup(program, { process, defaultConfig: DEFAULT_CONFIG, signal: signals.signal })

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return cause instanceof Error && 'code' in cause && cause.code === 'EPERM'
  }
}

try {
  await program.parseAsync()
} catch (cause) {
  if (!(isAbort(cause) && signals.signal.aborted)) {
    // What we know how to say is one line; what we do not is a fault of ours and worth its trace.
    const isKnown = cause instanceof CodedError
    console.error(isKnown ? `hygeia-agent: ${cause.message}` : cause)
    const isNewer =
      cause instanceof AgentError && 'fault' in cause.detail && cause.detail.fault === 'DISK_NEWER'
    const mayPass = !isKnown || (cause.code === 'PART_FAILED' && !isNewer) || cause instanceof HospitalError
    process.exitCode = mayPass ? 1 : CONFIG_ERROR
  }
}
