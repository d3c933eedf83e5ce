import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import type { Level } from '@hygeia/agent/hal/gpio'
import type { SimulatedGpio } from '@hygeia/agent/simulation/simulated-gpio'
import type { SimulatedI2cBus } from '@hygeia/agent/simulation/simulated-i2c'
import type { UnixMs } from '@hygeia/protocol/units'
import { built, CHECKOUT } from './built.ts'
import { ChipsOutside } from './chips-outside.ts'
import { copyDisk } from './disk.ts'
import { Lines } from './lines.ts'
import { Power } from './power.ts'
import type { TapNetwork } from './tap-network.ts'

const BOOT_LIMIT_MS = 120_000

export interface TestPiOptions {
  readonly bus: SimulatedI2cBus
  readonly gpio: SimulatedGpio
  /** Lines that the machine drives; of changes that come together, those of the first are told first. */
  readonly outputs?: readonly number[]
  /** A program of the checkout, which speaks on the machine's second serial line. */
  readonly program?: string
  readonly network?: TapNetwork
  /** More words for the kernel's command line. */
  readonly words?: readonly string[]
}

export interface PowerOn {
  readonly hasNetwork?: boolean
  readonly clock?: UnixMs
}

/**
 * A Raspberry Pi that is a process here: user-mode Linux with the real `/dev/i2c-1` and `/sys/class/gpio`. Its chips
 * and what is wired to its pins are simulated outside; its disk outlives a cut of its power.
 */
export class TestPi {
  readonly #options: TestPiOptions
  readonly #dir: string
  readonly chips: ChipsOutside
  #power: Power | undefined
  #pins: Lines | undefined
  #program: Lines | undefined
  readonly #listening: Disposable[] = []

  private constructor(options: TestPiOptions, dir: string, chips: ChipsOutside) {
    this.#options = options
    this.#dir = dir
    this.chips = chips
  }

  /** Wires it up; it is off. */
  static async make(options: TestPiOptions): Promise<TestPi> {
    const dir = await mkdtemp(join(tmpdir(), 'hygeia-pi-'))
    await copyDisk(await built('build-root.sh'), join(dir, 'disk'))
    const chips = await ChipsOutside.listen(join(dir, 'chips'), options.bus)
    return new TestPi(options, dir, chips)
  }

  /** What its disk is here. */
  get disk(): string {
    return join(this.#dir, 'disk')
  }

  /** What the program says, line by line. */
  get program(): Lines {
    if (this.#program === undefined) throw new Error('the machine is off')
    return this.#program
  }

  /** Everything that kernel and systemd said since it was last switched on. */
  async console(): Promise<string> {
    return readFile(join(this.#dir, 'console'), 'utf8')
  }

  /**
   * Switch it on.
   *
   * @param hasNetwork - it has its address from the start
   * @param clock - what its wall clock begins with; that of this machine unless told
   * @returns once its pins are there, with the number that the kernel gave the first of them
   */
  async powerOn({ hasNetwork = true, clock }: PowerOn = {}): Promise<number> {
    const kernel = await built('build-kernel.sh')
    const log = await open(join(this.#dir, 'console'), 'w')
    const { program, network, words = [] } = this.#options
    const power = Power.on(
      kernel,
      [
        ...[
          'mem=512M',
          'seccomp=on',
          `ubd0=${this.disk}`,
          'root=/dev/ubda',
          'rw',
          'con0=null,fd:1',
          'con=null',
        ],
        ...['ssl0=fd:3', 'ssl1=fd:4', 'ssl=null', 'systemd.show_status=0', 'quiet', 'panic=-1'],
        ...[`outside_i2c.socket=${join(this.#dir, 'chips')}`, `hygeia.checkout=${CHECKOUT}`],
        ...(program === undefined ? [] : [`hygeia.program=${program}`]),
        ...(network === undefined ? [] : [`vec0:transport=tap,ifname=${network.device}`]),
        ...(network === undefined || !hasNetwork ? [] : [`hygeia.address=${network.guestAddress}`]),
        ...(clock === undefined ? [] : [`hygeia.clock=${Math.floor(clock / 1_000)}`]),
        ...words,
      ],
      {
        stdio: ['ignore', log.fd, log.fd, 'pipe', 'pipe'],
        env: { ...process.env, TMPDIR: '/dev/shm' },
      },
    )
    await log.close()
    this.#power = power
    this.#pins = new Lines(power.child.stdio[3] as Duplex)
    this.#program = new Lines(power.child.stdio[4] as Duplex)
    const ready = await this.#pins
      .find((line) => line.startsWith('ready '), BOOT_LIMIT_MS)
      .catch(async () => {
        throw new Error(`the test Pi did not start:\n${await this.console()}`)
      })
    this.#wirePins(this.#pins)
    return Number(ready.split(' ')[1])
  }

  /** Cut its power. */
  async powerCut(): Promise<void> {
    for (const one of this.#listening.splice(0)) one[Symbol.dispose]()
    this.#pins?.close()
    this.#program?.close()
    await this.#power?.cut()
  }

  async close(): Promise<void> {
    await this.powerCut()
    await this.chips.close()
    await rm(this.#dir, { recursive: true })
  }

  #wirePins(pins: Lines): void {
    const { gpio, outputs = [] } = this.#options
    const isOutput = new Set(outputs)
    for (const line of outputs) pins.say(`watch ${line}`)
    pins.onLine((text) => {
      const [verb, line, level] = text.split(' ')
      if (verb === 'level') gpio.drive(Number(line), Number(level) as Level)
    })
    for (let line = 0; line < 54; line++) {
      if (isOutput.has(line)) continue
      const drive = (level: Level) => pins.say(`drive ${line} ${level}`)
      drive(gpio.level(line))
      this.#listening.push(gpio.listen(line, drive))
    }
  }
}
