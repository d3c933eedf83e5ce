import { isAbort } from '@hygeia/runtime/abort'
import { type Clock, sleep } from '@hygeia/runtime/clock'
import { HalError } from '../hal/errors.ts'
import type { Edge, GpioChip, GpioInput, GpioInputOptions, GpioOutput, Level } from '../hal/gpio.ts'

/** Voltages on simulated lines: what the program drives, chips and tests can see, and the other way round. */
export class SimulatedGpio implements GpioChip {
  readonly #clock: Clock
  readonly #levels = new Map<number, Level>()
  readonly #held = new Set<number>()
  readonly #listeners = new Map<number, Set<(level: Level) => void>>()

  constructor({ clock }: { clock: Clock }) {
    this.#clock = clock
  }

  /** Voltage on the line; a line that nobody drives is pulled high. */
  level(line: number): Level {
    return this.#levels.get(line) ?? 1
  }

  /** Set the voltage on the line, from either end. */
  drive(line: number, level: Level): void {
    if (this.level(line) === level) return
    this.#levels.set(line, level)
    for (const listener of [...(this.#listeners.get(line) ?? [])]) listener(level)
  }

  /** Hear of every change of the voltage, at once. */
  listen(line: number, listener: (level: Level) => void): Disposable {
    const listeners = this.#listeners.get(line) ?? new Set()
    this.#listeners.set(line, listeners)
    listeners.add(listener)
    return { [Symbol.dispose]: () => void listeners.delete(listener) }
  }

  async input(line: number, options: GpioInputOptions): Promise<GpioInput> {
    this.#take(line)
    const watches = new Set<Disposable>()
    return {
      read: async () => logical(this.level(line), options),
      watch: (onEdge) => {
        const watch = this.#watch(line, options, onEdge)
        watches.add(watch)
        return watch
      },
      close: async () => {
        for (const watch of watches) watch[Symbol.dispose]()
        this.#held.delete(line)
      },
    }
  }

  async output(line: number, initial: Level): Promise<GpioOutput> {
    this.#take(line)
    this.drive(line, initial)
    return {
      write: async (level) => this.drive(line, level),
      close: async () => void this.#held.delete(line),
    }
  }

  async close(): Promise<void> {
    this.#held.clear()
    this.#listeners.clear()
  }

  #watch(line: number, options: GpioInputOptions, onEdge: (level: Level) => void): Disposable {
    let quiet = new AbortController()
    const tell = () => {
      const level = logical(this.level(line), options)
      if (isWanted(options.edge, level)) onEdge(level)
    }
    const listening = this.listen(line, () => {
      quiet.abort()
      if (options.debounceMs === 0) return tell()
      quiet = new AbortController()
      sleep(this.#clock, options.debounceMs, quiet.signal).then(tell, (cause: unknown) => {
        if (!isAbort(cause)) throw cause
      })
    })
    return {
      [Symbol.dispose]() {
        quiet.abort()
        listening[Symbol.dispose]()
      },
    }
  }

  #take(line: number): void {
    if (this.#held.has(line)) {
      throw new HalError(`GPIO ${line} is in use`, { code: 'GPIO_FAULT', line, errno: 'EBUSY' })
    }
    this.#held.add(line)
  }
}

function logical(level: Level, { isActiveLow }: GpioInputOptions): Level {
  return isActiveLow ? (level === 1 ? 0 : 1) : level
}

function isWanted(edge: Edge, level: Level): boolean {
  return edge === 'both' || (edge === 'rising') === (level === 1)
}
