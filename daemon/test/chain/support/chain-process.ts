import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('./chain-program.ts', import.meta.url))

export interface ChainProcessOptions {
  readonly dir: string
  readonly periodSec?: number
  readonly epoch?: number
  /** No file can grow larger, as if the disk were full. */
  readonly maxFileBytes?: number
}

/** The engine running in a process of its own. */
export class ChainProcess {
  readonly rpcUrl: string
  /** Hash by height, as this process told it. */
  readonly heads = new Map<number, string>()
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, rpcUrl: string) {
    this.#child = child
    this.rpcUrl = rpcUrl
  }

  /** @throws {Error} with what it wrote to stderr when it ends instead of starting */
  static async start(options: ChainProcessOptions): Promise<ChainProcess> {
    const { dir, periodSec = 1, epoch = 30_000, maxFileBytes } = options
    const command = [
      ...(maxFileBytes === undefined ? [] : ['prlimit', `--fsize=${maxFileBytes}:unlimited`]),
      ...[process.execPath, PROGRAM, '--dir', dir, '--period', String(periodSec), '--epoch', String(epoch)],
    ]
    // Without the test runner's hooks, which it puts into every child: they end it on the signal of a full disk,
    // which Node ignores.
    const child = spawn('env', ['-u', 'NODE_OPTIONS', ...command], { stdio: ['pipe', 'pipe', 'pipe'] })
    let complaints = ''
    child.stderr.on('data', (chunk: Buffer) => {
      complaints += chunk.toString()
    })
    return new Promise((resolve, reject) => {
      let running: ChainProcess | undefined
      createInterface({ input: child.stdout }).on('line', (line) => {
        const [kind, ...words] = line.split(' ')
        if (kind === 'started') {
          running = new ChainProcess(child, words[0] ?? '')
          running.heads.set(Number(words[1]), words[2] ?? '')
          resolve(running)
        } else running?.heads.set(Number(words[0]), words[1] ?? '')
      })
      child.once('exit', (code) => reject(new Error(`chain process ended with ${code}: ${complaints}`)))
    })
  }

  /** The disk has room again. */
  makeRoom(): void {
    execFileSync('prlimit', ['--pid', String(this.#child.pid), '--fsize=unlimited:unlimited'])
  }

  /** As a power cut would, as far as the process goes. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM')
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill(signal)
    await exited
  }
}
