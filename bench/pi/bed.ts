import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writePassword } from '@hygeia/agent/editor/password'
import type { AgentStatus } from '@hygeia/agent/health/status'
import { BedsidePi, type PiConfig } from '@hygeia/test/pi/bedside-pi'
import { CountedChips, MFIO_LINE, RESET_LINE } from '@hygeia/test/pi/counted-chips'
import { SHELL } from '@hygeia/test/pi/shell'
import { TapNetwork } from '@hygeia/test/pi/tap-network'
import { TestPi } from '@hygeia/test/pi/test-pi'
import { makeScene, type Scene } from '@hygeia/test/scene'
import { until } from '@hygeia/test/until'

/** Where the hospital's data lie: on the disk of the repository, because a tmpfs syncs nothing. */
const FOLDER = fileURLToPath(new URL('../../.build/bench/', import.meta.url))
const EDITOR_LIMIT_MS = 60_000
const PASSWORD_FILE = '/var/lib/hygeia-agent/editor/editor.password'
export const PASSWORD = 'a long enough one'
export const BUZZER_LINE = 22
export const ACKNOWLEDGE_LINE = 23

/** The default pipeline of an oximeter, a thermometer and a button that are wired to the machine. */
export const WIRED: PiConfig = {
  sensors: CountedChips.sensors(1_000),
  sampling: { synchronisation: 'assume' },
  uplink: { kind: 'mqtt', retryLimitMs: 1_000 },
}

/** A test Pi with the package on it, its chips, and the hospital that it is paired with. */
export class Bed implements AsyncDisposable {
  readonly network: TapNetwork
  readonly scene: Scene
  readonly chips: CountedChips
  readonly pi: TestPi
  readonly bedside: BedsidePi

  private constructor(parts: Pick<Bed, 'network' | 'scene' | 'chips' | 'pi' | 'bedside'>) {
    this.network = parts.network
    this.scene = parts.scene
    this.chips = parts.chips
    this.pi = parts.pi
    this.bedside = parts.bedside
  }

  /** @throws {Error} without a package, or outside of a network in which TAP devices may be made */
  static async open(): Promise<Bed> {
    const dir = join(FOLDER, `bed-${process.pid}`)
    await mkdir(dir, { recursive: true })
    await using made = new AsyncDisposableStack()
    made.defer(() => rm(dir, { recursive: true, force: true, maxRetries: 3 }))
    const network = await TapNetwork.make()
    made.defer(() => network.close())
    const scene = await makeScene({ dir, host: network.address })
    made.defer(() => scene.hospital.kill())
    const chips = new CountedChips()
    const { bus, gpio } = chips
    const outputs = [MFIO_LINE, RESET_LINE, BUZZER_LINE]
    const pi = await TestPi.make({ bus, gpio, outputs, program: SHELL, network })
    made.defer(() => pi.close())
    await pi.powerOn()
    const bedside = await BedsidePi.install(pi, WIRED)
    if (bedside.source !== 'the package') throw new Error('there is no package: make deb ARCH=amd64')
    await bedside.pair(scene.patient)
    // The editor does not start without one.
    const password = join(dir, 'editor.password')
    await writePassword(password, PASSWORD)
    const owned = '-o hygeia-agent -g hygeia-agent'
    await bedside.shell.run(
      `install -d -m 700 ${owned} ${PASSWORD_FILE.slice(0, PASSWORD_FILE.lastIndexOf('/'))}`,
    )
    await bedside.shell.write(PASSWORD_FILE, await readFile(password, 'utf8'), '0600')
    await bedside.shell.run(`chown hygeia-agent:hygeia-agent ${PASSWORD_FILE}`)
    const bed = new Bed({ network, scene, chips, pi, bedside })
    bed.#made.use(made.move())
    return bed
  }

  readonly #made = new AsyncDisposableStack()

  /** Start the agent anew with `config`; resolves once it works, with its editor where it has one. */
  async run(config: PiConfig): Promise<void> {
    await this.bedside.stop()
    await this.bedside.configure(config)
    await this.bedside.start()
    const { enabled = true, headless = false } = config.editor ?? {}
    if (!enabled || headless) return
    const isUp = async () => (await this.bedside.shell.run('ss -Hltn sport = :1880')) !== ''
    await until('the editor is up', isUp, EDITOR_LIMIT_MS)
  }

  /** @throws {Error} when the agent did not run all the time since its last start, or is not as `expected` */
  async checkAlive(expected: AgentStatus['state'] = 'running'): Promise<void> {
    const { bedside } = this
    const restarts = await bedside.property('NRestarts')
    const state = (await bedside.status())?.state
    if (restarts === '0' && state === expected) return
    throw new Error(`the agent is ${state} after ${restarts} restarts:\n${await bedside.journal()}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#made.disposeAsync()
  }
}
