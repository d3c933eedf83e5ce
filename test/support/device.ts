import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AgentConfig } from '@hygeia/agent/config/config'
import type { AgentStatus } from '@hygeia/agent/health/status'
import { awaitOffer, beginPairing, completePairing, wordsOfPairing } from '@hygeia/dapp/patient/pair'
import type { Patient } from '@hygeia/dapp/patient/patient'
import type { Address } from '@hygeia/protocol/ids'
import type { Month } from '@hygeia/protocol/label'
import type { z } from 'zod'
import { OwnProcess, runToEnd } from './process.ts'
import { until } from './until.ts'

export const AGENT = fileURLToPath(new URL('../../agent/bin/agent.ts', import.meta.url))
const PAIRING_LIMIT_MS = 120_000

export type DeviceConfig = Omit<z.input<typeof AgentConfig>, 'stateDir'>

/** A bedside agent in a process of its own. */
export class DeviceProcess {
  readonly dir: string
  #address: Address | undefined
  #process: OwnProcess | undefined

  private constructor(dir: string) {
    this.dir = dir
  }

  /** Make the device's key and write its configuration. */
  static async init(dir: string, config: DeviceConfig): Promise<DeviceProcess> {
    const device = new DeviceProcess(dir)
    await mkdir(device.stateDir, { recursive: true })
    await device.configure(config)
    await runToEnd(AGENT, ['init', '--config', device.configFile, '--state', device.stateDir])
    return device
  }

  async configure(config: DeviceConfig): Promise<void> {
    await writeFile(this.configFile, JSON.stringify({ ...config, stateDir: this.stateDir }, undefined, 2))
  }

  get stateDir(): string {
    return join(this.dir, 'state')
  }

  get configFile(): string {
    return join(this.dir, 'agent.json')
  }

  get logFile(): string {
    return join(this.dir, 'agent.log')
  }

  /** Known once it is paired. */
  get address(): Address {
    if (this.#address === undefined) throw new Error('the device is not paired')
    return this.#address
  }

  get process(): OwnProcess {
    if (this.#process === undefined) throw new Error('the agent was not started')
    return this.#process
  }

  /**
   * Pair with `patient` as two people would, comparing the six words that both sides show.
   *
   * @param firstMonth - of the data that it will send
   */
  async pair(patient: Patient, firstMonth?: Month): Promise<readonly string[]> {
    const pairing = await beginPairing(patient)
    const shown = runToEnd(AGENT, ['pair', '--config', this.configFile, pairing.text])
    const offer = await Promise.race([
      awaitOffer(patient, pairing, AbortSignal.timeout(PAIRING_LIMIT_MS)),
      // Ends only with the pairing done, so that ending before the offer is a failure.
      shown.then((text): never => {
        throw new Error(`pairing ended early: ${text}`)
      }),
    ])
    await completePairing(patient, pairing, offer, firstMonth)
    const words = wordsOfPairing(pairing, offer)
    const text = await shown
    if (!text.includes(words.join(' '))) throw new Error(`the device shows other words: ${text}`)
    this.#address = offer.device
    return words
  }

  /** @param nodeArgs - for Node itself */
  start(nodeArgs: readonly string[] = []): void {
    this.#process = new OwnProcess({
      file: AGENT,
      args: ['run', '--config', this.configFile],
      nodeArgs,
      logFile: this.logFile,
    })
  }

  /** @returns undefined until it has said how it is */
  async status(): Promise<AgentStatus | undefined> {
    const text = await readFile(join(this.stateDir, 'status.json'), 'utf8').catch(() => undefined)
    return text === undefined ? undefined : JSON.parse(text)
  }

  /** Wait until it has ended by itself, with everything delivered. */
  async delivered(limitMs: number): Promise<void> {
    const outcome = await until(
      'the device has delivered everything',
      async () => !this.process.isRunning,
      limitMs,
    ).then(() => this.process.ended)
    if (outcome !== 0) throw new Error(`the agent ended with ${outcome}:\n${await this.process.tail()}`)
  }
}
