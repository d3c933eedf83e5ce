import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { CodedError } from '@hygeia/protocol/errors'
import { within } from '@hygeia/runtime/abort'
import { Backoff } from '@hygeia/runtime/backoff'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'

export interface EngineCommand {
  readonly file: string
  readonly args: readonly string[]
  /** All of its environment: nothing of the daemon's own is handed on. */
  readonly env: Readonly<Record<string, string>>
}

/** What the process that is watched says of itself. */
export interface WatchedEngine {
  readonly name: string
  /** How to start it; asked before every start, and free to put files in order first. */
  prepare(): Promise<EngineCommand>
  /** Resolves when the program answers; asked until it is up, and now and then while it runs. */
  hail(signal: AbortSignal): Promise<void>
  /** The program is gone, or about to be started again. */
  onDown(): void
}

export interface WatchOptions {
  /** How long it may take from its start to its first answer. */
  readonly startLimitMs: number
  /** How long it may take to end when it is asked to. */
  readonly graceMs: number
  /** From one look at its health to the next, and how long each may take. */
  readonly hailEveryMs: number
}

export type EngineProcessFault =
  | { readonly code: 'ENGINE_ENDED'; readonly engine: string; readonly outcome: number | string }
  | { readonly code: 'ENGINE_SILENT'; readonly engine: string; readonly afterMs: number }

export class EngineProcessError extends CodedError<EngineProcessFault> {}

const FIRST_MS = 250
const LIMIT_MS = 10_000
/** What ran for so long starts again without delay. */
const STEADY_MS = 60_000
const HAIL_STARTING_MS = 50
/** Unanswered hails in a row that make it a hung one. */
const MISSES = 3
const TAIL_LINES = 20

/** A program of others as a child that does not outlive this process, and that is started again when it ends. */
export class EngineProcess implements Service {
  readonly #engine: WatchedEngine
  readonly #options: WatchOptions
  readonly #log: Logger
  readonly #abort = new AbortController()
  readonly #backoff = new Backoff({ firstMs: FIRST_MS, limitMs: LIMIT_MS })
  readonly #tail: string[] = []
  #child: ChildProcess | undefined
  #ended: Promise<number | string> = Promise.resolve(0)
  #loop: Promise<void> | undefined

  constructor(engine: WatchedEngine, options: WatchOptions, { log }: { readonly log: Logger }) {
    this.#engine = engine
    this.#options = options
    this.#log = log
  }

  /** @throws {EngineProcessError} when it does not come up, with what it printed last */
  async start(): Promise<void> {
    await this.#launch()
    this.#loop = this.#watch()
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await this.#end('SIGTERM')
    await this.#loop
  }

  /** Of the program as it runs now; undefined while it does not. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  async #launch(): Promise<void> {
    const { name } = this.#engine
    const { file, args, env } = await this.#engine.prepare()
    this.#abort.signal.throwIfAborted()
    // A daemon that is killed takes it along: an orphan would hold the lock of its data against the next one.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', file, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...env },
    })
    for (const input of [child.stdout, child.stderr]) {
      createInterface({ input }).on('line', (line) => this.#heard(line))
    }
    this.#child = child
    this.#ended = once(child, 'exit').then(
      ([code, signal]) => code ?? signal,
      (cause: Error) => cause.message,
    )
    const ended = this.#ended.then((outcome) => {
      if (this.#child === child) this.#child = undefined
      throw new EngineProcessError(
        `${name} ended with ${outcome}; it said: ${this.#tail.join(' | ') || 'nothing'}`,
        { code: 'ENGINE_ENDED', engine: name, outcome },
      )
    })
    try {
      await Promise.race([this.#untilUp(), ended])
    } catch (cause) {
      await this.#end('SIGKILL')
      throw cause
    }
    this.#log.info({ engine: name, enginePid: child.pid }, 'engine is up')
  }

  async #untilUp(): Promise<void> {
    const { name } = this.#engine
    const { startLimitMs } = this.#options
    const limit = within(startLimitMs, this.#abort.signal)
    while (!limit.aborted && this.#child !== undefined) {
      try {
        return await this.#engine.hail(limit)
      } catch {
        await delay(HAIL_STARTING_MS)
      }
    }
    this.#abort.signal.throwIfAborted()
    throw new EngineProcessError(
      `${name} did not answer within ${startLimitMs / 1_000} s; it said: ${this.#tail.join(' | ') || 'nothing'}`,
      { code: 'ENGINE_SILENT', engine: name, afterMs: startLimitMs },
    )
  }

  async #watch(): Promise<void> {
    const { signal } = this.#abort
    const { name } = this.#engine
    while (!signal.aborted) {
      const up = performance.now()
      const outcome = await this.#untilGone()
      if (signal.aborted) return
      this.#engine.onDown()
      this.#log.error({ engine: name, outcome, said: this.#tail.slice(-3) }, 'engine ended, is started again')
      if (performance.now() - up > STEADY_MS) this.#backoff.reset()
      await this.#relaunch()
    }
  }

  async #relaunch(): Promise<void> {
    const { signal } = this.#abort
    while (!signal.aborted) {
      try {
        await delay(this.#backoff.nextMs(), undefined, { signal })
        return await this.#launch()
      } catch (err) {
        if (signal.aborted) return
        this.#log.error({ err, engine: this.#engine.name }, 'engine did not start, tried again')
      }
    }
  }

  /** Resolves to how it ended; one that hangs is made to. */
  async #untilGone(): Promise<number | string> {
    const gone = new AbortController()
    const ended = this.#ended.finally(() => gone.abort())
    const signal = AbortSignal.any([gone.signal, this.#abort.signal])
    const { hailEveryMs } = this.#options
    for (let misses = 0; misses < MISSES && !signal.aborted; ) {
      await delay(hailEveryMs, undefined, { signal }).catch(() => {})
      if (signal.aborted) break
      misses = await this.#engine.hail(within(hailEveryMs, signal)).then(
        () => 0,
        () => misses + 1,
      )
    }
    if (!signal.aborted) {
      this.#log.error({ engine: this.#engine.name }, 'engine does not answer, is ended')
      this.#child?.kill('SIGKILL')
    }
    return ended
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child
    this.#engine.onDown()
    if (child === undefined) return
    child.kill(signal)
    const timer = setTimeout(() => child.kill('SIGKILL'), this.#options.graceMs)
    await this.#ended
    clearTimeout(timer)
    this.#child = undefined
  }

  #heard(line: string): void {
    this.#log.debug({ engine: this.#engine.name, line }, 'engine said')
    this.#tail.push(line)
    if (this.#tail.length > TAIL_LINES) this.#tail.shift()
  }
}
