import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)
const MOST = 250

/** A wire between this machine and a test Pi: a TAP device with an address at either end. */
export class TapNetwork {
  readonly device: string
  /** Of this machine. */
  readonly address: string
  /** Of the test Pi, with the length of its prefix. */
  readonly guestAddress: string

  private constructor(number: number) {
    this.device = `pi${number}`
    this.address = `10.99.${number}.1`
    this.guestAddress = `10.99.${number}.2/24`
  }

  /** @throws {Error} outside of a network in which TAP devices may be made */
  static async make(): Promise<TapNetwork> {
    for (let number = 1; number <= MOST; number++) {
      const network = new TapNetwork(number)
      if (await network.#isMade()) return network
    }
    throw new Error('no TAP device can be made here: run this under scripts/test-pi/own-network.sh')
  }

  async close(): Promise<void> {
    await run('ip', ['link', 'del', this.device])
  }

  /** False when another test has the number, or nothing may be made. */
  async #isMade(): Promise<boolean> {
    try {
      await run('ip', ['tuntap', 'add', 'dev', this.device, 'mode', 'tap'])
    } catch {
      return false
    }
    await run('ip', ['addr', 'add', `${this.address}/24`, 'dev', this.device])
    await run('ip', ['link', 'set', this.device, 'up'])
    return true
  }
}
