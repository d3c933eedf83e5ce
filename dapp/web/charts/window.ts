import { MINUTE_MS } from '@hygeia/protocol/units'
import { type Signal, signal } from '@preact/signals'

/** Range of time that charts show, ms since the Unix epoch. */
export interface Window {
  readonly from: number
  readonly to: number
}

const LEAST_MS = MINUTE_MS / 6
const PAN_STEP = 0.1
const ZOOM_STEP = 1.5

/** Moves what all charts of a page show, within what is loaded. */
export class WindowMover {
  readonly shown: Signal<Window>
  #limits: Window

  constructor(limits: Window) {
    this.#limits = limits
    this.shown = signal(limits)
  }

  /** Show all of another range. */
  reset(limits: Window): void {
    this.#limits = limits
    this.shown.value = limits
  }

  /** Go on with the clock: whoever sees all goes on seeing all, whoever looks closer stays there. */
  follow(limits: Window): void {
    const { from, to } = this.shown.peek()
    const isAll = from === this.#limits.from && to === this.#limits.to
    this.#limits = limits
    if (isAll) this.shown.value = limits
  }

  /** Go on to another end: whoever sees the end goes on seeing as much before it, whoever looks back stays there. */
  advance(limits: Window): void {
    const { from, to } = this.shown.peek()
    const isAtEnd = to === this.#limits.to
    this.#limits = limits
    if (isAtEnd) this.shown.value = { from: limits.to - (to - from), to: limits.to }
  }

  toEnd(): void {
    const { from, to } = this.shown.peek()
    this.#show(this.#limits.to, to - from)
  }

  /** @param at - instant that stays where it is, ms @param factor - above 1 shows less */
  zoom(at: number, factor: number): void {
    const { from, to } = this.shown.value
    const most = this.#limits.to - this.#limits.from
    const length = Math.min(Math.max((to - from) / factor, LEAST_MS), most)
    const part = (at - from) / (to - from)
    this.#show(at - part * length, length)
  }

  pan(byMs: number): void {
    const { from, to } = this.shown.value
    this.#show(from + byMs, to - from)
  }

  /** Arrows move, plus and minus zoom, Home shows all. @returns whether the key meant anything */
  key(name: string): boolean {
    const { from, to } = this.shown.value
    switch (name) {
      case 'ArrowLeft':
        this.pan(-(to - from) * PAN_STEP)
        return true
      case 'ArrowRight':
        this.pan((to - from) * PAN_STEP)
        return true
      case '+':
      case '=':
        this.zoom((from + to) / 2, ZOOM_STEP)
        return true
      case '-':
        this.zoom((from + to) / 2, 1 / ZOOM_STEP)
        return true
      case 'Home':
        this.shown.value = this.#limits
        return true
      default:
        return false
    }
  }

  #show(from: number, length: number): void {
    const start = Math.min(Math.max(from, this.#limits.from), this.#limits.to - length)
    this.shown.value = { from: start, to: start + length }
  }
}
