import type { Address } from '@hygeia/protocol/ids'
import type { AccountDesk } from '../worker/account-desk.ts'
import type { EntryDesk } from '../worker/entry-desk.ts'
import type { ExportDesk } from '../worker/export-desk.ts'
import type { PatientDesk } from '../worker/patient-desk.ts'
import type { PhysicianDesk } from '../worker/physician/physician-desk.ts'
import type { ReadingsDesk } from '../worker/readings-desk.ts'
import type { Events } from '../worker/told.ts'
import type { Vault } from '../worker/vault.ts'
import type { Call, Complaint, Word } from '../worker/wire.ts'
import workerUrl from '../worker/worker.ts?worker&url'

import { scriptUrl } from './trusted.ts'

/** The methods of a desk as a page calls them. */
export type Remote<T> = {
  readonly [K in keyof T as T[K] extends (...args: never[]) => unknown ? K : never]: T[K] extends (
    ...args: infer A
  ) => infer R
    ? (...args: A) => Promise<Awaited<R>>
    : never
}

/** What went wrong in the worker; `code` is that of a coded error, or the name of the browser's. */
export class RoomError extends Error {
  readonly code: string
  readonly detail: unknown

  constructor({ code, message, detail }: Complaint) {
    super(message)
    this.name = 'RoomError'
    this.code = code
    this.detail = detail
  }
}

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (cause: unknown) => void
}

/** The worker that holds the keys, and everything that can be asked of it. */
export class Room {
  readonly vault: Remote<Vault> = this.#desk('vault')
  readonly account: Remote<AccountDesk> = this.#desk('account')
  readonly patient: Remote<PatientDesk> = this.#desk('patient')
  readonly physician: Remote<PhysicianDesk> = this.#desk('physician')
  /** Readings of the patient whose keys these are. */
  readonly readings: Remote<ReadingsDesk> = this.#desk('readings')
  readonly entries: Remote<EntryDesk> = this.#desk('entries')
  readonly exports: Remote<ExportDesk> = this.#desk('exports')
  readonly #worker = new Worker(scriptUrl(workerUrl), { type: 'module', name: 'hygeia' })
  readonly #waiting = new Map<number, Waiting>()
  readonly #listeners = new Map<string, Set<(value: never) => void>>()
  /** Calls made before the worker listened. */
  #early: Call[] | undefined = []
  #calls = 0

  constructor() {
    this.#worker.addEventListener('message', ({ data }: MessageEvent<Word>) => this.#hear(data))
    this.#worker.addEventListener('error', () => this.end())
  }

  /** @returns what stops it */
  on<E extends keyof Events>(event: E, listener: (value: Events[E]) => void): () => void {
    const listeners = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, listeners)
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  /** End the worker, and with it whatever it knew. What is under way is rejected. */
  end(): void {
    this.#worker.terminate()
    for (const { reject } of this.#waiting.values()) {
      reject(new RoomError({ code: 'WORKER_ENDED', message: 'the worker ended', detail: undefined }))
    }
    this.#waiting.clear()
  }

  /** Readings of one of a physician's patients. */
  readingsOf(patient: Address): Remote<ReadingsDesk> {
    return this.#desk('readings', patient)
  }

  #desk<T>(name: string, about?: string): Remote<T> {
    const methods = {
      get: (_: object, method: string | symbol) =>
        typeof method === 'string'
          ? (...args: readonly unknown[]) => this.#call({ desk: name, about, method, args })
          : undefined,
    }
    return new Proxy({}, methods) as Remote<T>
  }

  #call(call: Omit<Call, 'id'>): Promise<unknown> {
    const id = ++this.#calls
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.#waiting.set(id, { resolve, reject })
    this.#send({ id, ...call })
    return promise
  }

  #send(call: Call): void {
    if (this.#early === undefined) this.#worker.postMessage(call)
    else this.#early.push(call)
  }

  #hear(word: Word): void {
    if ('isReady' in word) {
      const early = this.#early ?? []
      this.#early = undefined
      for (const call of early) this.#send(call)
      return
    }
    if ('event' in word) {
      for (const listener of this.#listeners.get(word.event) ?? []) listener(word.value as never)
      return
    }
    const waiting = this.#waiting.get(word.id)
    this.#waiting.delete(word.id)
    if ('complaint' in word) waiting?.reject(new RoomError(word.complaint))
    else waiting?.resolve(word.value)
  }
}
