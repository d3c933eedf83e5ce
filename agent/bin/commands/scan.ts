import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { writeAtomic } from '@hygeia/runtime/atomic-write'
import { systemClock } from '@hygeia/runtime/clock'
import { parseConfig } from '@hygeia/runtime/config-file'
import { type Command, InvalidArgumentError } from 'commander'
import { AgentConfig } from '../../src/config/config.ts'
import { AgentError } from '../../src/errors.ts'
import { linuxHal } from '../../src/hal/linux-hal.ts'
import { searchSensors } from '../../src/scan/search.ts'
import { linuxMachine } from '../../src/setup/machine.ts'
import { terminalOf } from '../../src/setup/terminal.ts'
import { lockState } from '../../src/state-lock.ts'

interface Flags {
  readonly config: string
  readonly bus: readonly number[]
  readonly yes?: boolean
  readonly write?: boolean
  readonly json?: boolean
  readonly wiring?: boolean
  readonly i2c: boolean
}

export interface ScanCommandDeps {
  readonly process: Pick<NodeJS.Process, 'stdin' | 'stdout'>
  readonly defaultConfig: string
  readonly signal: AbortSignal
}

/** `scan`: what is on the I2C buses, and the configuration for it. */
export function addScan(program: Command, { process, defaultConfig, signal }: ScanCommandDeps): void {
  program
    .command('scan')
    .description('who is on the I2C bus, the configuration for it, and how to wire what is missing')
    .option('-c, --config <file>', 'configuration that the proposal starts from', defaultConfig)
    .option('-b, --bus <number>', 'bus to look at besides those of the configuration', busNumber, [1])
    .option('-y, --yes', 'ask nothing, leave out what would have to be asked, and write')
    .option('-w, --write', 'write the proposed configuration without asking for that')
    .option('--wiring', 'show how everything is wired, not only what is missing')
    .option('--no-i2c', 'leave I2C as it is')
    .option('--json', 'for programs; asks nothing')
    .addHelpText(
      'after',
      '\nExamples:\n  hygeia-agent scan\n  hygeia-agent scan --wiring\n' +
        "  hygeia-agent scan --json | jq '.buses[].findings'\n  sudo hygeia-agent scan --write",
    )
    .action(async ({ config: path, json: isJson = false, yes: isSilent = false, ...flags }: Flags) => {
      const text = await readFile(path, 'utf8').catch((cause: unknown) => {
        if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
        throw cause
      })
      const config = text === undefined ? undefined : parseConfig(path, text, AgentConfig)
      using _ = config === undefined ? undefined : await keepStill(config.stateDir)
      const isAsking = !isSilent && !isJson && process.stdin.isTTY
      const hal = linuxHal({ label: config?.sampling.gpioChip ?? 'pinctrl-bcm2835' })
      try {
        await searchSensors(
          {
            written: text === undefined ? undefined : JSON.parse(text),
            buses: flags.bus,
            i2c: flags.i2c,
            isJson,
            isWriting: flags.write === true || isSilent,
            showsAll: flags.wiring === true,
          },
          {
            i2c: (bus) => hal.i2c(bus),
            clock: systemClock,
            machine: linuxMachine,
            terminal: terminalOf(process, isAsking, signal),
            isAsking,
            write: async (next) =>
              writeAtomic(path, `${JSON.stringify(next, undefined, 2)}\n`, (await stat(path)).mode & 0o777),
          },
          signal,
        )
      } finally {
        await hal.close()
      }
    })
}

/**
 * A byte that is read here may be one that the running agent wanted. An agent that never ran has no lock, and must not
 * get one that belongs to whoever scans.
 */
async function keepStill(stateDir: string): Promise<Disposable | undefined> {
  if (!linuxMachine.has(join(stateDir, 'agent.lock'))) return undefined
  try {
    return await lockState(stateDir)
  } catch (cause) {
    if (!(cause instanceof AgentError)) throw cause
    const advice = 'stop it first (sudo systemctl stop hygeia-agent), and start it again afterwards'
    throw new AgentError(`the agent samples these buses: ${advice}`, cause.detail, { cause })
  }
}

function busNumber(text: string, before: readonly number[]): readonly number[] {
  const bus = Number(text)
  if (!Number.isInteger(bus) || bus < 0 || bus > 31) throw new InvalidArgumentError('a number from 0 to 31')
  return [...new Set([...before, bus])]
}
