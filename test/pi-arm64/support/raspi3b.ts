import { execFile } from 'node:child_process'
import { mkdtemp, open, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CHECKOUT } from '../../pi/support/built.ts'
import { Lines } from '../../pi/support/lines.ts'
import { Power } from '../../pi/support/power.ts'
import type { TapNetwork } from '../../pi/support/tap-network.ts'
import { until } from '../../support/until.ts'
import { Qmp } from './qmp.ts'

const run = promisify(execFile)
const SCRIPTS = join(CHECKOUT, 'scripts/test-pi-arm64')
/** The board model takes powers of two only. */
const CARD_BYTES = 2 ** 28
const START_LIMIT_MS = 30_000

/** Where the machine's thermometer is: pins 3 and 5 of the header. */
export const TMP105 = 0x48
/** Interface that the network is there as, once it is plugged in. */
export const INTERFACE = 'usb0'

export interface Raspi3bOptions {
  /** Package that lies in it unpacked, for dpkg to configure. */
  readonly deb: string
  readonly network: TapNetwork
}

/**
 * QEMU's model of a Raspberry Pi 3B: the arm64 code of Debian's kernel and of the package, its I2C controller, its SD
 * card, which outlives a cut of its power, and no clock that does. On its bus is a TMP105.
 */
export class Raspi3b {
  readonly #dir: string
  readonly #machine: string
  readonly #network: TapNetwork
  #power: Power | undefined
  #qmp: Qmp | undefined
  #commands: Lines | undefined

  private constructor(dir: string, machine: string, network: TapNetwork) {
    this.#dir = dir
    this.#machine = machine
    this.#network = network
  }

  /** Wires it up; it is off. */
  static async make({ deb, network }: Raspi3bOptions): Promise<Raspi3b> {
    const dir = await mkdtemp(join(tmpdir(), 'hygeia-pi-arm64-'))
    const machine = await said('build-machine.sh')
    await run(join(SCRIPTS, 'pack-package.sh'), [machine, deb, join(dir, 'initrd')])
    const card = join(dir, 'card')
    await writeFile(card, '')
    await truncate(card, CARD_BYTES)
    await run('mke2fs', ['-q', '-t', 'ext4', card])
    return new Raspi3b(dir, machine, network)
  }

  /** What runs its commands says, line by line. */
  get program(): Lines {
    if (this.#commands === undefined) throw new Error('the machine is off')
    return this.#commands
  }

  /** Everything that kernel and systemd said since it was last switched on. */
  async console(): Promise<string> {
    return await readFile(join(this.#dir, 'console'), 'utf8')
  }

  /** Switch it on, without a network. @returns once it takes orders, before its kernel has started */
  async powerOn(celsius: number): Promise<void> {
    const qemu = await said('build-qemu.sh')
    const at = (name: string) => join(this.#dir, name)
    for (const socket of ['qmp', 'commands']) await rm(at(socket), { force: true })
    const log = await open(at('qemu.log'), 'w')
    const power = Power.on(
      qemu,
      [
        ...['-machine', 'raspi3b', '-display', 'none', '-no-reboot', '-S'],
        ...['-kernel', join(this.#machine, 'kernel'), '-dtb', join(this.#machine, 'pi.dtb')],
        ...['-initrd', at('initrd')],
        ...['-append', 'console=ttyS1,115200 net.ifnames=0 systemd.show_status=0 quiet panic=-1'],
        // What it has written is in this machine's memory, which outlives it: nobody has to wait for a disk here.
        ...['-drive', `file=${at('card')},if=sd,format=raw,cache=unsafe`],
        ...['-device', `tmp105,bus=i2c-bus.1,address=${TMP105},id=thermometer`],
        ...['-netdev', `tap,id=wire,ifname=${this.#network.device},script=no,downscript=no`],
        ...['-serial', `unix:${at('commands')},server=on,wait=off`, '-serial', `file:${at('console')}`],
        ...['-qmp', `unix:${at('qmp')},server=on,wait=off`],
      ],
      { stdio: ['ignore', log.fd, log.fd] },
    )
    await log.close()
    this.#power = power
    this.#qmp = await until('QEMU listens', () => Qmp.connect(at('qmp')), START_LIMIT_MS).catch(
      async (cause: unknown) => {
        throw new Error(`QEMU did not start:\n${await readFile(at('qemu.log'), 'utf8')}`, { cause })
      },
    )
    this.#commands = new Lines(createConnection(at('commands')))
    await this.setTemperature(celsius)
    await this.#order('cont')
  }

  /** From now on, the thermometer is so warm. @param celsius - -128 to 127.9375, in steps of 0.0625 */
  async setTemperature(celsius: number): Promise<void> {
    // In 1/1000 °C, of which QEMU cuts off what is not a whole step.
    const value = Math.sign(celsius) * Math.ceil(Math.abs(celsius) * 1_000)
    await this.#order('qom-set', {
      path: '/machine/peripheral/thermometer',
      property: 'temperature',
      value,
    })
  }

  /** Plug a network adapter in, with the network at its other end. */
  async plugNetwork(): Promise<void> {
    await this.#order('device_add', { driver: 'usb-net', netdev: 'wire', id: 'adapter' })
  }

  /** Cut its power. */
  async powerCut(): Promise<void> {
    this.#qmp?.close()
    this.#commands?.close()
    await this.#power?.cut()
  }

  async close(): Promise<void> {
    await this.powerCut()
    await rm(this.#dir, { recursive: true })
  }

  async #order(command: string, words: Readonly<Record<string, unknown>> = {}): Promise<void> {
    if (this.#qmp === undefined) throw new Error('the machine is off')
    await this.#qmp.execute(command, words)
  }
}

/** What a build script says: where in the cache what it built is. */
async function said(script: string): Promise<string> {
  return (await run(join(SCRIPTS, script))).stdout.trim()
}
