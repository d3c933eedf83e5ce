import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { readFile, readlink, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { until } from './until.ts'

const run = promisify(execFile)

export interface OwnPlace {
  /** IPv4 address that the others, and who runs the test, find it at. */
  readonly address: string
  /** Program with its arguments that becomes another program there. */
  readonly inside: readonly string[]
}

interface Wired extends OwnPlace {
  readonly holder: ChildProcess
  /** This side's end of the wire. */
  readonly wire: string
  readonly gateway: string
}

/** Nobody on these wires has it: frames to it arrive and are dropped without a word. */
const NOBODY = '02:00:00:00:00:00'

/**
 * Networks of their own for several hospitals, each on a wire to the test, which passes on what they send each other.
 * Wires can be cut so that packets vanish in silence, as they do behind a dead switch.
 */
export class OwnNetworks implements AsyncDisposable {
  readonly #places: Wired[] = []

  /** @throws {Error} outside of a network of the test's own, whose machine would be wired up otherwise */
  static async make(count: number): Promise<OwnNetworks> {
    // sysfs, unlike this file, may still show the network that it was mounted in.
    const devices = (await readFile('/proc/net/dev', 'utf8')).matchAll(/^\s*(\S+):/gm)
    if ([...devices].some(([, name]) => name !== 'lo')) {
      throw new Error('wires are made only in a network of the test: scripts/test-pi/own-network.sh node …')
    }
    const networks = new OwnNetworks()
    try {
      await writeFile('/proc/sys/net/ipv4/ip_forward', '1')
      for (let number = 1; number <= count; number++) await networks.#wire(number)
      return networks
    } catch (cause) {
      await networks[Symbol.asyncDispose]()
      throw cause
    }
  }

  get places(): readonly OwnPlace[] {
    return this.#places
  }

  /** Nothing goes in or out. */
  async cut(index: number): Promise<void> {
    const { address, gateway, inside, wire } = this.#at(index)
    await run('ip', ['neigh', 'replace', address, 'lladdr', NOBODY, 'dev', wire, 'nud', 'permanent'])
    await within(inside, [
      'ip',
      'neigh',
      'replace',
      gateway,
      'lladdr',
      NOBODY,
      'dev',
      'eth0',
      'nud',
      'permanent',
    ])
  }

  /** Devices and people still get through to it, the other hospitals do not. */
  async part(index: number): Promise<void> {
    await writeFile(`/proc/sys/net/ipv4/conf/${this.#at(index).wire}/forwarding`, '0')
  }

  /** As if it had never been cut or parted. */
  async heal(index: number): Promise<void> {
    const { address, gateway, inside, wire } = this.#at(index)
    await writeFile(`/proc/sys/net/ipv4/conf/${wire}/forwarding`, '1')
    await run('ip', ['neigh', 'flush', 'to', address, 'dev', wire, 'nud', 'permanent'])
    await within(inside, ['ip', 'neigh', 'flush', 'to', gateway, 'dev', 'eth0', 'nud', 'permanent'])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { wire, holder } of this.#places) {
      await run('ip', ['link', 'del', wire]).catch(() => {})
      holder.kill('SIGKILL')
    }
  }

  async #wire(number: number): Promise<void> {
    const holder = spawn('unshare', ['--net', '--', 'sleep', 'infinity'], { stdio: 'ignore' })
    process.once('exit', () => holder.kill('SIGKILL'))
    const { pid } = holder
    const network = `/proc/${pid}/ns/net`
    const own = await readlink('/proc/self/ns/net')
    await until('there is a network', async () => (await readlink(network)) !== own)
    const wire = `hospital${number}`
    const [gateway, address] = [`10.77.${number}.1`, `10.77.${number}.2`]
    const inside = ['nsenter', `--net=${network}`, '--']
    this.#places.push({ address, inside, holder, wire, gateway })
    await run('ip', ['link', 'add', wire, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(pid)])
    await run('ip', ['addr', 'add', `${gateway}/24`, 'dev', wire])
    await run('ip', ['link', 'set', wire, 'up'])
    for (const command of [
      ['link', 'set', 'lo', 'up'],
      ['addr', 'add', `${address}/24`, 'dev', 'eth0'],
      ['link', 'set', 'eth0', 'up'],
      ['route', 'add', 'default', 'via', gateway],
    ]) {
      await within(inside, ['ip', ...command])
    }
  }

  #at(index: number): Wired {
    const place = this.#places[index]
    if (place === undefined) throw new Error(`there is no network ${index}`)
    return place
  }
}

async function within([program = '', ...args]: readonly string[], command: readonly string[]): Promise<void> {
  await run(program, [...args, ...command])
}
