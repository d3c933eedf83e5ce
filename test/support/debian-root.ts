import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const execute = promisify(execFile)
const CACHE = fileURLToPath(new URL('../../.build/', import.meta.url))
/** What the package needs; the rest of a Debian is not asked. */
const PACKAGES = 'systemd,debconf,perl-base'
/** tap hands its loader to whatever a test starts; in a root of its own it is not to be found. */
export const WITHOUT_LOADER = ['env', '--unset=NODE_OPTIONS']

/** Why no Debian can be made here, if so. */
export function whyNoRoot(): string | undefined {
  if (process.getuid?.() !== 0) return 'not root'
  if (spawnSync('unshare', ['--mount', '--pid', '--fork', 'true']).status !== 0) return 'no namespaces'
  return spawnSync('mmdebstrap', ['--version']).status === 0 ? undefined : 'no mmdebstrap'
}

/**
 * The root of a small Debian, with real dpkg and processes of its own. Nothing in it runs but what is told to.
 *
 * Takes 15 s and a Debian mirror the first time.
 */
export class DebianRoot {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  static async make(path: string): Promise<DebianRoot> {
    const archive = join(CACHE, 'debian-root.tar')
    if (!existsSync(archive)) {
      await mkdir(dirname(archive), { recursive: true })
      const options = ['--quiet', '--format=tar', '--variant=minbase', `--include=${PACKAGES}`]
      await execute('mmdebstrap', [...options, await release(), `${archive}.new`])
      await rename(`${archive}.new`, archive)
    }
    await mkdir(path, { recursive: true })
    await execute('tar', ['--extract', '--file', archive, '--directory', path, '--exclude=./dev/*'])
    const root = new DebianRoot(path)
    // As the first boot does; what is encrypted to a machine needs it to be one.
    await root.run('systemd-machine-id-setup')
    return root
  }

  /** Where `path` of this root is outside. */
  at(path: string): string {
    return join(this.path, path)
  }

  /** Start a program; killing it with SIGKILL ends everything that it started, at once, as a power cut does. */
  start(...command: string[]): ChildProcess {
    return spawn('unshare', inside(this.path, command), {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
    })
  }

  /** Run a program to its end. */
  run(...command: string[]): Promise<Ended> {
    return endOf(this.start(...command))
  }
}

/** How a program ended. */
export interface Ended {
  readonly code: number | null
  /** What it said and complained of. */
  readonly output: string
}

export async function endOf(child: ChildProcess): Promise<Ended> {
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, output }
}

/** A process that is the first of its own processes takes all of them along. */
function inside(root: string, command: readonly string[]): string[] {
  const script = 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"'
  const own = ['--mount', '--pid', '--fork', '--kill-child=SIGKILL', '--propagation=private']
  return [...own, 'sh', '-c', script, root, ...WITHOUT_LOADER, ...command]
}

/** The Debian that this machine is, whose mirror it has; where it is none, the newest stable one. */
async function release(): Promise<string> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '')
  return /^ID=debian$/m.test(text) ? (/^VERSION_CODENAME=(\w+)$/m.exec(text)?.[1] ?? 'stable') : 'stable'
}
