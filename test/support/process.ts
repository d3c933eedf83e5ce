import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export interface ProcessOptions {
  /** TypeScript file that Node runs. */
  readonly file: string
  readonly args: readonly string[]
  /** For Node itself. */
  readonly nodeArgs?: readonly string[]
  /** Takes stdout and stderr, appended. */
  readonly logFile: string
  readonly env?: Readonly<Record<string, string>>
  /** Program with its arguments that becomes Node in a place of another network. */
  readonly inside?: readonly string[]
}

const COMPILE_CACHE = fileURLToPath(new URL('../../.build/compile-cache', import.meta.url))
/** Pairing waits for a person; nothing else takes long. */
const PROGRAM_LIMIT_MS = 120_000

/** Of the kernel's counts of processor time: USER_HZ is 100 on every Linux. */
const TICK_MS = 10

/** Groups still alive, so that none outlives this process however it ends. */
const alive = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of alive) signalGroup(child, 'SIGKILL')
})

/** A program of this project as a process of its own, at the head of its own process group. */
export class OwnProcess {
  readonly #child: ChildProcess
  readonly #options: ProcessOptions
  /** Resolves to the exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>

  constructor(options: ProcessOptions) {
    this.#options = options
    const log = openSync(options.logFile, 'a')
    const { inside = [], nodeArgs = [], file, args } = options
    const [program = process.execPath, ...rest] = [...inside, process.execPath, ...nodeArgs, file, ...args]
    this.#child = spawn(program, rest, {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...childEnv(process.env), ...options.env },
    })
    closeSync(log)
    alive.add(this.#child)
    this.ended = once(this.#child, 'exit').then(([code, signal]) => {
      alive.delete(this.#child)
      return code ?? signal
    })
  }

  get pid(): number {
    const { pid } = this.#child
    if (pid === undefined) throw new Error(`${this.#options.file} did not start`)
    return pid
  }

  get isRunning(): boolean {
    return alive.has(this.#child)
  }

  /** What it has taken of the processor since its start, ms. @see proc_pid_stat(5), utime and stime */
  async processorMs(): Promise<number> {
    const fields = (await readFile(`/proc/${this.pid}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ')
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS
  }

  /** Names of the programs that it started and that run. @see proc(5), /proc/pid/task/tid/children and /proc/pid/comm */
  async programs(): Promise<readonly string[]> {
    const children = await readFile(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8')
    const pids = children.split(' ').filter((pid) => pid !== '')
    return await Promise.all(pids.map(async (pid) => (await readFile(`/proc/${pid}/comm`, 'utf8')).trim()))
  }

  /** End the whole group at once, as a power cut would. */
  async kill(): Promise<void> {
    signalGroup(this.#child, 'SIGKILL')
    await this.ended
  }

  /** Keep the whole group from running until it is thawed: it is there, and answers nothing. */
  freeze(): void {
    signalGroup(this.#child, 'SIGSTOP')
  }

  thaw(): void {
    signalGroup(this.#child, 'SIGCONT')
  }

  /** Ask it to end, and make it after `graceMs`. */
  async stop(graceMs = 10_000): Promise<number | NodeJS.Signals> {
    if (this.isRunning) this.#child.kill('SIGTERM')
    const grace = new AbortController()
    const forced = delay(graceMs, undefined, { signal: grace.signal }).then(
      () => this.kill(),
      () => {},
    )
    const outcome = await this.ended
    grace.abort()
    await forced
    return outcome
  }

  /** Last lines that it printed, to show beside a failure. */
  async tail(lines = 20): Promise<string> {
    const text = await readFile(this.#options.logFile, 'utf8').catch(() => '')
    return text.trimEnd().split('\n').slice(-lines).join('\n')
  }
}

/** How a program ended, and what it printed. */
export interface Outcome {
  readonly code: number | NodeJS.Signals
  readonly stdout: string
  readonly stderr: string
}

/** Run a program of this project until it ends, well or not. @param limitMs - it is killed then */
export async function outcomeOf(
  file: string,
  args: readonly string[],
  { input = '', env = {}, limitMs = 60_000 }: OutcomeOptions = {},
): Promise<Outcome> {
  const child = spawn(process.execPath, [file, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...childEnv(process.env), ...env },
    timeout: limitMs,
    killSignal: 'SIGKILL',
  })
  child.stdin.end(input)
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    stderr += chunk
  })
  const [code, signal] = await once(child, 'close')
  return { code: code ?? signal, stdout, stderr }
}

export interface OutcomeOptions {
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  readonly limitMs?: number
}

/**
 * Run a program of this project to its end.
 *
 * @returns what it printed on stdout
 * @throws {Error} with what it printed on stderr, when it does not end with 0
 */
export async function runToEnd(file: string, args: readonly string[], input = ''): Promise<string> {
  const { code, stdout, stderr } = await outcomeOf(file, args, { input, limitMs: PROGRAM_LIMIT_MS })
  if (code !== 0)
    throw new Error(`${file} ${args[0] ?? ''} ended with ${code}: ${stderr.trim() || stdout.trim()}`)
  return stdout
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // Gone already.
  }
}

/**
 * Children are not measured: a killed one leaves half a report, and a measured one is slow. What they compiled is kept
 * for the next one, which takes a quarter off each of the many starts.
 */
function childEnv({ NODE_V8_COVERAGE: _coverage, NODE_OPTIONS: _options, ...env }: NodeJS.ProcessEnv) {
  return { ...env, NODE_COMPILE_CACHE: COMPILE_CACHE }
}
