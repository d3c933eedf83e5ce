import { chown, mkdir, readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CodedError } from '@hygeia/protocol/errors'
import type { Address } from '@hygeia/protocol/ids'
import type { Enrolment } from '@hygeia/protocol/pairing/enrolment'
import { type Clock, sleep } from '@hygeia/runtime/clock'
import { readConfig } from '@hygeia/runtime/config-file'
import { AgentConfig, pathsOf } from '../config/config.ts'
import { readPairing } from '../hospital/pairing-record.ts'
import { identityOf, readIdentity } from '../identity/device-key.ts'
import { initConfig, initKey } from '../init.ts'
import { writePending } from '../pairing/pending.ts'
import { askEnrolment, pairingText } from './enrolment.ts'
import { switchOnI2c } from './i2c.ts'
import type { Machine } from './machine.ts'
import { openSealedKey, sealKey } from './sealed-key.ts'
import { startService } from './service.ts'
import type { Terminal } from './terminal.ts'

export interface SetupOptions {
  readonly config: string
  readonly state: string
  /** Where the unit looks for the device's encrypted key. */
  readonly sealedKey: string
  readonly enrolment: string | undefined
  readonly i2c: boolean
  readonly sensors: boolean
  readonly pair: boolean
  readonly password: boolean
  readonly start: boolean
  /** Stay until the patient has answered. */
  readonly wait: boolean
}

export interface SetupDeps {
  readonly terminal: Terminal
  readonly machine: Machine
  readonly clock: Clock
  /** Another command of this program, such as `scan`; undefined where this version has none of that name. */
  readonly command: (name: string) => (() => Promise<void>) | undefined
}

const POLL_MS = 1_000

/**
 * Everything between an installed package and an agent that runs; each step finds out whether it is done already, so
 * that all of it can be run again.
 *
 * Nothing here needs a network: the service pairs by itself once the hospital can be reached.
 *
 * @throws {SetupError} @throws {RuntimeError} @throws {MalformedError}
 */
export async function setUp(options: SetupOptions, deps: SetupDeps, signal: AbortSignal): Promise<void> {
  const { terminal, machine, command } = deps
  if (options.i2c) await switchOnI2c(machine, terminal)
  await mkdir(dirname(options.config), { recursive: true })
  await mkdir(options.state, { recursive: true, mode: 0o700 })
  const isNewConfig = await initConfig(options.config, options.state)
  terminal.say(`Settings   ${options.config}${isNewConfig ? '' : ' (as before)'}`)
  if (options.sensors) await lookForSensors(deps)

  const config = await readConfig(options.config, AgentConfig)
  const paths = pathsOf(config)
  const device = await deviceOf(paths.signingKey, options, deps)
  const enrolment = options.pair ? await enrol(config, device, options, deps) : undefined
  if (options.password) await command('password')?.()
  await giveToOwner(config.stateDir)

  if (!options.start) return terminal.say('Service    not started: systemctl enable --now hygeia-agent')
  const hasPatient = machine.has(paths.pairing) || machine.has(paths.enrolment)
  const hasStarted = await startService(deps, hasPatient)
  if (enrolment !== undefined && hasStarted && options.wait) await paired(config, enrolment, deps, signal)
}

/** Nothing that is wrong with the wires, and no agent that runs already, keeps the rest from being set up. */
async function lookForSensors({ command, terminal }: SetupDeps): Promise<void> {
  try {
    await command('scan')?.()
  } catch (cause) {
    if (!(cause instanceof CodedError)) throw cause
    terminal.say(`Sensors    not looked for: ${cause.message}`)
  }
}

/** Make the key where there is none, and encrypt it. @returns the device's account */
async function deviceOf(
  plain: string,
  { sealedKey: sealed }: SetupOptions,
  { machine, terminal }: SetupDeps,
): Promise<Address> {
  if (!machine.has(sealed)) await initKey(plain)
  await mkdir(dirname(sealed), { recursive: true, mode: 0o700 })
  await sealKey({ plain, sealed }, machine)
  const key = await openSealedKey(sealed, machine)
  const { signer } = key === undefined ? await readIdentity(plain) : identityOf(key)
  terminal.say(`Device     ${signer.address}`)
  return signer.address
}

/** @returns the enrolment that the service is to use; undefined when there is nothing to wait for */
async function enrol(
  config: AgentConfig,
  device: Address,
  { enrolment: told }: SetupOptions,
  { terminal }: SetupDeps,
): Promise<Enrolment | undefined> {
  const paths = pathsOf(config)
  const record = await readPairing(paths.pairing)
  if (record !== undefined) {
    terminal.say(`Hospital   ${record.hospitals[0]?.api ?? 'none'} (paired before)`)
    return undefined
  }
  const enrolment = await askEnrolment(terminal, told)
  if (enrolment === undefined) {
    terminal.say('Hospital   not yet: run this again with the enrolment that the patient’s app shows')
    return undefined
  }
  await writePending(paths.enrolment, enrolment)
  terminal.say(pairingText(enrolment, device))
  return enrolment
}

/** Say when the service has paired; to leave before that changes nothing. */
async function paired(
  config: AgentConfig,
  { expires }: Enrolment,
  { terminal, machine, clock }: SetupDeps,
  signal: AbortSignal,
): Promise<void> {
  const paths = pathsOf(config)
  terminal.say('Hospital   waiting for the patient’s answer (Ctrl-C: the service waits on by itself)')
  while (!machine.has(paths.pairing)) {
    if (!machine.has(paths.enrolment) || clock.now() >= expires) {
      return terminal.say('Hospital   nobody answered in time: make a new enrolment and run this again')
    }
    await sleep(clock, POLL_MS, signal)
  }
  terminal.say('Hospital   paired')
}

/** Root wrote, the service's user reads: what is in the state belongs to whom the state belongs to. */
async function giveToOwner(stateDir: string): Promise<void> {
  const { uid, gid } = await stat(stateDir)
  for (const name of await readdir(stateDir)) await chown(join(stateDir, name), uid, gid)
}
