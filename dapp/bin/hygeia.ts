#!/usr/bin/env node
import { CodedError } from '@hygeia/protocol/errors'
import { Command } from 'commander'
import { addPatientCommands } from './commands/patient.ts'
import { addPhysicianCommands } from './commands/physician.ts'
import { run } from './commands/run.ts'
import { addVerifyCommand } from './commands/verify.ts'
import { defaultFolder } from './host/session.ts'

const program = new Command('hygeia')
  .description('Patient-owned remote monitoring: keys, permissions and readings, on your side')
  .option('--dir <folder>', 'keystores, state and profile', defaultFolder())
  .option('--hospital <url>', 'hospital to talk to; remembered from the first time on')
  .option('--ca <file|sha256>', 'its certificate authority; remembered from the first time on')
  .option('--rpc <url>', 'see the chain through this JSON-RPC address, not through the hospital')
  .option('--passphrase-file <file>', 'first line is the passphrase; else it is asked for')
  .option('--json', 'results as JSON lines, no questions', false)
  .showHelpAfterError('(--help tells more)')
  .addHelpText(
    'after',
    `
Examples:
  $ hygeia patient new && hygeia patient register --hospital https://hospital.example:8443 --ca ca.pem
  $ hygeia patient pair
  $ hygeia patient grant 0x5aAe… --until +14d
  $ hygeia physician open --from -24h --format csv -o day.csv
  $ hygeia verify record.json --rpc http://127.0.0.1:8545
`,
  )

addPatientCommands(program, run)
addPhysicianCommands(program, run)
addVerifyCommand(program, run)

try {
  await program.parseAsync()
} catch (cause) {
  const message = cause instanceof Error ? cause.message : String(cause)
  const code = cause instanceof CodedError ? cause.code : 'FAILED'
  const isJson = program.opts<{ json?: boolean }>().json === true
  const line = isJson ? JSON.stringify({ error: code, message }) : `hygeia: ${message.replaceAll('\n', ' ')}`
  process.stderr.write(`${line}\n`)
  process.exitCode = 1
}
