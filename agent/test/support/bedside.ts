import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { keySigner, type Signer } from '@hygeia/protocol/signature'
import { writeKeyFile } from '@hygeia/runtime/key-file'
import type { AgentStatus } from '../../src/health/status.ts'
import { type PinnedHospital, writePairing } from '../../src/hospital/pairing-record.ts'
import type { Patient } from './patient.ts'
import { REALM } from './realm.ts'

const AGENT = fileURLToPath(new URL('../../bin/agent.ts', import.meta.url))

/** A temporary folder that is removed at the end of the test. */
export async function testFolder(t: { teardown(work: () => unknown): unknown }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hygeia-agent-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export interface TestAgentOptions {
  readonly folder: string
  readonly patient: Patient
  readonly hospital: PinnedHospital
  /** Merged over a configuration with simulated chips. */
  readonly config: Record<string, unknown>
}

/** A paired agent that runs in a process of its own. */
export class TestAgent {
  readonly folder: string
  readonly signer: Signer
  readonly #configFile: string
  #process: ChildProcess | undefined
  output = ''

  private constructor(folder: string, configFile: string, signer: Signer) {
    this.folder = folder
    this.#configFile = configFile
    this.signer = signer
  }

  static async make({ folder, patient, hospital, config }: TestAgentOptions): Promise<TestAgent> {
    const key = randomBytes(32)
    const signer = keySigner(key)
    await writeKeyFile(join(folder, 'device.key'), key)
    const labelKeys = patient.labelKeys(REALM, signer.address)
    const { address } = patient.signer
    await writePairing(join(folder, 'pairing.json'), {
      realm: REALM,
      patient: address,
      device: signer.address,
      hospitals: [hospital],
      labelKeys,
    })
    const configFile = join(folder, 'agent.json')
    await writeFile(configFile, JSON.stringify({ stateDir: folder, ...config }))
    return new TestAgent(folder, configFile, signer)
  }

  get isRunning(): boolean {
    return this.#process !== undefined && this.#process.exitCode === null && this.#process.signalCode === null
  }

  start(): void {
    const child = spawn(process.execPath, [AGENT, 'run', '--config', this.#configFile], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => {
        this.output = (this.output + text).slice(-20_000)
      })
    }
    this.#process = child
  }

  /** @returns exit code, or the signal that ended it */
  async ended(limitMs = 60_000): Promise<number | string> {
    const child = this.#process
    if (child === undefined) throw new Error('not started')
    if (child.exitCode !== null) return child.exitCode
    if (child.signalCode !== null) return child.signalCode
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        child.kill('SIGKILL')
        reject(new Error(`still running after ${limitMs} ms: ${this.output}`))
      }, limitMs)
      child.once('exit', (code, signal) => {
        clearTimeout(timer)
        resolve(code ?? signal ?? 'nothing')
      })
    })
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number | string> {
    this.#process?.kill(signal)
    return this.ended()
  }

  async status(): Promise<AgentStatus | undefined> {
    try {
      return JSON.parse(await readFile(join(this.folder, 'status.json'), 'utf8'))
    } catch {
      return undefined
    }
  }
}

/** Simulated oximeter, thermometer and button. */
export const SENSORS = [
  {
    name: 'oximeter',
    kind: 'max32664',
    resetLine: 4,
    mfioLine: 17,
    channels: [
      { channel: 'pulse', from: 'heart-rate' },
      { channel: 'spo2', from: 'spo2' },
    ],
  },
  {
    name: 'thermometer',
    kind: 'tmp117',
    address: '0x48',
    channels: [{ channel: 'skin-temperature', from: 'temperature' }],
  },
  { name: 'bell', kind: 'button', line: 27, channels: [{ channel: 'patient-event', from: 'press' }] },
]
