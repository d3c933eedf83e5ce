import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../../support/until.ts'
import { built } from './built.ts'

const alive = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
})

/** A time server with the time of this machine, whose clock it leaves alone: Debian's chronyd. */
export class NtpServer {
  readonly #child: ChildProcess
  readonly #dir: string

  private constructor(child: ChildProcess, dir: string) {
    this.#child = child
    this.#dir = dir
  }

  /** @param address - of this machine, at whose port 123 it listens @throws {Error} when it cannot */
  static async start(address: string): Promise<NtpServer> {
    const chronyd = await built('chrony.sh')
    const dir = await mkdtemp(join(tmpdir(), 'hygeia-ntp-'))
    const pidFile = join(dir, 'pid')
    const directives = [
      ...['local stratum 1', 'allow', `bindaddress ${address}`],
      ...['cmdport 0', 'bindcmdaddress /', `pidfile ${pidFile}`],
    ]
    // -x: it sets no clock; -d: it stays in the foreground.
    const child = spawn(chronyd, ['-x', '-d', '-u', 'root', ...directives], { stdio: 'ignore' })
    alive.add(child)
    child.once('exit', () => alive.delete(child))
    await until(`chronyd serves ${address}`, () => readFile(pidFile, 'utf8'))
    return new NtpServer(child, dir)
  }

  async stop(): Promise<void> {
    const ended = alive.has(this.#child) ? once(this.#child, 'exit') : undefined
    this.#child.kill()
    await ended
    await rm(this.#dir, { recursive: true })
  }
}

/** Configuration of a systemd-timesyncd that asks often, and again soon where nobody answered: as it is, a test would take minutes. */
export const timesyncdOf = (server: string) => `[Time]
NTP=${server}
FallbackNTP=
PollIntervalMinSec=16
PollIntervalMaxSec=32
ConnectionRetrySec=1
`
