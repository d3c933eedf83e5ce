import type { Clock } from '@hygeia/dapp/clock'
import type { ManualEntry } from '@hygeia/dapp/manual/entry'
import { ManualError } from '@hygeia/dapp/manual/errors'
import type { OwnDevice, Sent } from '@hygeia/dapp/manual/own-device'
import { decodeSealed } from '@hygeia/protocol/sealed/codec'
import { SECOND_MS, type UnixMs } from '@hygeia/protocol/units'
import type { Told } from './told.ts'
import { type Complaint, complaintOf } from './wire.ts'

/** An entry that is kept here until it is anchored. */
export interface WaitingEntry {
  readonly cid: string
  /** When it was measured, ms since the Unix epoch. */
  readonly at: number
  readonly place: 'here' | 'stored'
}

export interface EntryDeps {
  readonly device: OwnDevice
  readonly clock: Clock
  readonly tell: Told
}

/** A block comes within seconds; a hospital that is away is asked now and then. */
const AGAIN_MS = 3 * SECOND_MS
const AWAY_MS = 15 * SECOND_MS

/** Takes what the patient enters by hand, and sends it until the chain has it. */
export class EntryDesk {
  readonly #deps: EntryDeps
  /** Forms that were handed in: the same one again is no second entry. */
  readonly #forms = new Map<string, Promise<string>>()
  #isSending = false

  constructor(deps: EntryDeps) {
    this.#deps = deps
  }

  /**
   * Seal what a form holds, once, and keep it.
   *
   * @param form - stands for one filling of the form
   * @param at - when it was measured, ms since the Unix epoch
   * @throws {ManualError} `ENTRY_TIME`, `TOO_MANY_WAIT`, `MEMORY_DAMAGED`
   */
  async enter(form: string, entry: ManualEntry, at: number): Promise<void> {
    const entering = this.#forms.get(form) ?? this.#enter(entry, at)
    this.#forms.set(form, entering)
    try {
      await entering
    } catch (cause) {
      this.#forms.delete(form)
      throw cause
    }
    await this.#say(undefined)
    this.send()
  }

  async waiting(): Promise<readonly WaitingEntry[]> {
    const kept = await this.#deps.device.waiting()
    return kept.map(({ cid, block, isTaken }) => ({
      cid,
      at: decodeSealed(block).from,
      place: isTaken ? 'stored' : 'here',
    }))
  }

  /** Go on sending until nothing waits. */
  send(): void {
    if (this.#isSending) return
    this.#isSending = true
    this.#untilSent()
      .catch((cause: unknown) => this.#say(complaintOf(cause)))
      .finally(() => {
        this.#isSending = false
      })
  }

  async #enter(entry: ManualEntry, at: number): Promise<string> {
    return this.#deps.device.enter(entry, at as UnixMs)
  }

  async #untilSent(): Promise<void> {
    const { device, clock } = this.#deps
    const never = new AbortController().signal
    while ((await device.waiting()).length > 0) {
      const { sent, trouble } = await this.#sendOnce()
      await this.#say(trouble)
      const isTaken = sent?.every(({ state }) => state !== 'waiting') === true
      await clock.sleep(isTaken ? AGAIN_MS : AWAY_MS, never)
    }
    await this.#say(undefined)
  }

  /** @throws {ManualError} what does not get better by itself */
  async #sendOnce(): Promise<{ readonly sent?: readonly Sent[]; readonly trouble?: Complaint | undefined }> {
    try {
      const sent = await this.#deps.device.send()
      return { sent, trouble: refusalIn(sent) }
    } catch (cause) {
      if (cause instanceof ManualError) throw cause
      return { trouble: complaintOf(cause) }
    }
  }

  async #say(trouble: Complaint | undefined): Promise<void> {
    const waiting = (await this.#deps.device.waiting()).length
    this.#deps.tell('entries', { waiting, ...(trouble !== undefined && { trouble }) })
  }
}

function refusalIn(sent: readonly Sent[]): Complaint | undefined {
  const refused = sent.find(({ state }) => state === 'refused')
  if (refused?.state !== 'refused') return undefined
  return { code: 'ENTRY_REFUSED', message: refused.reason, detail: { problem: refused.reason } }
}
