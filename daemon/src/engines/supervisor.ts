import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Backoff } from '@hygeia/runtime/backoff'
import { type Clock, sleep } from '@hygeia/runtime/clock'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'

export interface SupervisorOptions {
  /** What it is called in the log. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** The whole environment of the child: nothing of the daemon's goes along. */
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** How long the child has to end when it is told to. */
  readonly patienceMs: number
}

export interface SupervisorDeps {
  readonly clock: Clock
  readonly log: Logger
  /** Each line that the child writes. */
  readonly onLine: (line: string) => void
  /** The child runs again after it ended by itself. Not called for the first time. */
  readonly onRestarted: () => void
}

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 10_000
/** A child that ran this long was well: what ends it next begins with the shortest wait. */
const SETTLED_MS = 60_000

/**
 * Runs a program as a child for as long as it is not stopped: starts it again with growing waits when it ends by itself.
 *
 * The child gains no privileges from files, and is told to end when the daemon is gone without a word, since nobody would
 * watch it then. Both are done by util-linux's setpriv.
 */
export class Supervisor implements Service {
  readonly #options: SupervisorOptions
  readonly #deps: SupervisorDeps
  readonly #abort = new AbortController()
  #child: ChildProcess | undefined
  #loop: Promise<void> | undefined
  #restarts = 0

  constructor(options: SupervisorOptions, deps: SupervisorDeps) {
    this.#options = options
    this.#deps = deps
  }

  /** Resolves once the process exists. @throws when there is no such program */
  async start(): Promise<void> {
    const child = await this.#spawn()
    this.#loop ??= this.#watch(child)
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    const child = this.#child
    if (child !== undefined && isRunning(child)) {
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      const { patienceMs, name } = this.#options
      const timer = setTimeout(() => {
        this.#deps.log.error({ name, patienceMs }, 'does not end, killed')
        child.kill('SIGKILL')
      }, patienceMs)
      await exited
      clearTimeout(timer)
    }
    await this.#loop
  }

  /** Process id; undefined while it does not run. */
  get pid(): number | undefined {
    return this.#child !== undefined && isRunning(this.#child) ? this.#child.pid : undefined
  }

  /** How often it was started again. */
  get restarts(): number {
    return this.#restarts
  }

  async #spawn(): Promise<ChildProcess> {
    const { command, args, env, cwd } = this.#options
    const child = spawn('setpriv', ['--no-new-privs', '--pdeathsig', 'TERM', '--', command, ...args], {
      cwd,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', this.#deps.onLine)
    }
    await once(child, 'spawn')
    return child
  }

  async #watch(first: ChildProcess): Promise<void> {
    const { clock, log } = this.#deps
    const { name } = this.#options
    const { signal } = this.#abort
    const backoff = new Backoff({ firstMs: FIRST_WAIT_MS, limitMs: LONGEST_WAIT_MS })
    for (let child = first; ; ) {
      const began = clock.monotonic()
      if (isRunning(child)) await once(child, 'exit')
      if (signal.aborted) return
      if (clock.monotonic() - began > SETTLED_MS) backoff.reset()
      const waitMs = Math.round(backoff.nextMs())
      const { exitCode, signalCode } = child
      log.error({ name, exitCode, signalCode, waitMs }, 'ended by itself, started again')
      try {
        await sleep(clock, waitMs, signal)
        child = await this.#spawn()
        this.#restarts++
        this.#deps.onRestarted()
      } catch (err) {
        if (signal.aborted) return
        log.error({ name, err }, 'cannot be started again')
      }
    }
  }
}

function isRunning({ exitCode, signalCode, pid }: ChildProcess): boolean {
  return pid !== undefined && exitCode === null && signalCode === null
}
