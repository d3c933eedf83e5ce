import { join } from 'node:path'
import { CodedError } from '@hygeia/protocol/errors'
import { Command, CommanderError } from 'commander'
import { addFhirServeCommand } from './commands/fhir-serve.ts'
import { addHospitalCommands } from './commands/hospitals.ts'
import { addPatientCommands } from './commands/patient.ts'
import { addPhysicianCommands } from './commands/physician.ts'
import { addPinsCommand } from './commands/pins.ts'
import { addProveCommand } from './commands/prove.ts'
import { runnerFor } from './commands/run.ts'
import { addVerifyCommand } from './commands/verify.ts'
import { addVerifyDappCommand } from './commands/verify-dapp.ts'
import type { Host } from './host/host.ts'

const EXAMPLES = `
Examples:
  $ hygeia patient new && hygeia patient register --hospital https://hospital.example:8443 --ca ca.pem
  $ hygeia patient pair
  $ hygeia patient grant 0x5aAe… --until +14d
  $ hygeia physician open --from -24h --format csv -o day.csv
  $ hygeia verify record.json --rpc http://127.0.0.1:8545
  $ hygeia verify --offline record.proof --pins pins.json
`

function programFor(host: Host): Command {
  const program = new Command('hygeia')
    .description('Patient-owned remote monitoring: keys, permissions and readings, on your side')
    .option('--dir <folder>', 'keystores, state and profile', join(host.configHome, 'hygeia'))
    .option('--hospital <url>', 'hospital to talk to; remembered from the first time on')
    .option('--ca <file|sha256>', 'its certificate authority; remembered from the first time on')
    .option('--rpc <url>', 'see the chain through this JSON-RPC address, not through the hospital')
    .option('--passphrase-file <file>', 'first line is the passphrase; else it is asked for')
    .option('--json', 'results as JSON lines, no questions', false)
    .showHelpAfterError('(--help tells more)')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => host.stdout.write(text),
      writeErr: (text) => host.stderr.write(text),
    })
  const run = runnerFor(host)
  addPatientCommands(program, run)
  addPhysicianCommands(program, run)
  addFhirServeCommand(program, run)
  addHospitalCommands(program, run)
  addProveCommand(program, run)
  addVerifyCommand(program, run)
  addVerifyDappCommand(program, run)
  addPinsCommand(program, run)
  return program
}

/**
 * Run one command. Errors are told in one line that says what to do, or as JSON with `--json`.
 *
 * @param args - without program and script
 * @returns exit status
 */
export async function hygeia(args: readonly string[], host: Host): Promise<number> {
  try {
    await programFor(host).parseAsync(args, { from: 'user' })
    return host.exitCode
  } catch (cause) {
    // commander has said it already: help that was asked for, or a command line that is none.
    if (cause instanceof CommanderError) return cause.exitCode
    const message = cause instanceof Error ? cause.message : String(cause)
    const error = cause instanceof CodedError ? cause.code : 'FAILED'
    const line = args.includes('--json')
      ? JSON.stringify({ error, message })
      : `hygeia: ${message.replaceAll('\n', ' ')}`
    host.stderr.write(`${line}\n`)
    return 1
  }
}
