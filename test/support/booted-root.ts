import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { type DebianRoot, type Ended, endOf, WITHOUT_LOADER, whyNoRoot } from './debian-root.ts'
import { until } from './until.ts'

const ENV = {
  PATH: '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  DEBIAN_FRONTEND: 'noninteractive',
  LC_ALL: 'C.UTF-8',
}

/** Why no Debian can be booted here, if so. */
export function whyNoBoot(): string | undefined {
  return (
    whyNoRoot() ?? (spawnSync('systemd-nspawn', ['--version']).status === 0 ? undefined : 'no systemd-nspawn')
  )
}

/** A Debian whose systemd runs, on this machine's kernel and network. */
export class BootedRoot implements AsyncDisposable {
  readonly #container: ChildProcess
  readonly #leader: string

  private constructor(container: ChildProcess, leader: string) {
    this.#container = container
    this.#leader = leader
  }

  static async boot(root: DebianRoot): Promise<BootedRoot> {
    const options = ['--quiet', '--register=no', '--keep-unit', '--directory', root.path]
    const container = spawn('systemd-nspawn', [...options, '/lib/systemd/systemd'], {
      stdio: 'ignore',
      env: ENV,
    })
    const { pid } = container
    let leader = ''
    await until('a first process', async () => {
      leader = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim()
      return /^\d+$/.test(leader)
    })
    const booted = new BootedRoot(container, leader)
    const isUp = async () =>
      /^(running|degraded)$/m.test((await booted.run('systemctl', 'is-system-running')).output)
    await until('it is up', isUp, 120_000)
    return booted
  }

  run(...command: string[]): Promise<Ended> {
    const spaces = ['--target', this.#leader, '--mount', '--uts', '--ipc', '--pid', '--root', '--wd']
    const whole = [...spaces, ...WITHOUT_LOADER, ...command]
    return endOf(spawn('nsenter', whole, { stdio: ['ignore', 'pipe', 'pipe'], env: ENV }))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#container.once('exit', resolve))
    process.kill(Number(this.#leader), 'SIGKILL')
    await ended
  }
}
