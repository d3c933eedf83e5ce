import type { Address } from '@hygeia/protocol/ids'
import type { Priority } from '@hygeia/protocol/sealed/header'
import type { UnixMs } from '@hygeia/protocol/units'
import { isAbort } from '@hygeia/runtime/abort'
import { type Clock, sleep } from '@hygeia/runtime/clock'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import type { Registry } from 'prom-client'
import { gauge } from '../metrics/gauge.ts'
import { METRICS } from '../metrics/names.ts'
import type { Notice } from './notice.ts'

export interface DeviceWatchOptions {
  /** How often a device sends at least. */
  readonly windowMs: number
}

export interface DeviceWatchDeps {
  /** Devices that measure for somebody, and for whom. */
  readonly devices: () => ReadonlyMap<Address, Address>
  readonly patientOf: (device: Address) => Address | undefined
  /** When a device was last heard; undefined when it never was. */
  readonly lastSeen: (device: Address) => Promise<UnixMs | undefined>
  readonly tell: (notice: Notice) => Promise<void>
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Registry
}

/** Windows without anything until a device counts as silent. */
const MISSED = 3

interface Seen {
  readonly at: UnixMs
  isSilent: boolean
}

/** Notices alerts as they come, and devices of which nothing comes any more; once each. */
export class DeviceWatch implements Service {
  readonly #options: DeviceWatchOptions
  readonly #deps: DeviceWatchDeps
  readonly #seen = new Map<Address, Seen>()
  readonly #abort = new AbortController()
  #loop: Promise<void> | undefined

  constructor(options: DeviceWatchOptions, deps: DeviceWatchDeps) {
    this.#options = options
    this.#deps = deps
    gauge(
      deps.metrics,
      METRICS.silentDevices,
      () =>
        this.#seen
          .values()
          .filter((it) => it.isSilent)
          .toArray().length,
    )
  }

  async start(): Promise<void> {
    this.#loop ??= this.#run().catch((cause: unknown) => {
      if (!isAbort(cause)) throw cause
    })
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await this.#loop
  }

  /** A new batch is on the disk. Never waits. */
  took(batch: { readonly device: Address; readonly from: UnixMs; readonly priority: Priority }): void {
    const { clock, patientOf } = this.#deps
    const { device, from, priority } = batch
    const wasSilent = this.#seen.get(device)?.isSilent === true
    this.#seen.set(device, { at: clock.now(), isSilent: false })
    if (priority !== 'alert' && !wasSilent) return
    const patient = patientOf(device)
    if (patient === undefined) return
    if (wasSilent) this.#tell({ kind: 'back', patient, device, at: clock.now() })
    if (priority === 'alert') this.#tell({ kind: 'alert', patient, device, at: from })
  }

  async #run(): Promise<void> {
    const { clock } = this.#deps
    for (;;) {
      await sleep(clock, this.#options.windowMs, this.#abort.signal)
      await this.#look()
    }
  }

  async #look(): Promise<void> {
    const { clock, devices, lastSeen, log } = this.#deps
    const present = devices()
    for (const device of this.#seen.keys()) if (!present.has(device)) this.#seen.delete(device)
    for (const [device, patient] of present) {
      const held = this.#seen.get(device) ?? (await this.#recall(device, lastSeen, log))
      // What never sent anything is not silent but not set up yet.
      if (held === undefined || held.isSilent) continue
      if (clock.now() - held.at < MISSED * this.#options.windowMs) continue
      held.isSilent = true
      this.#tell({ kind: 'silent', patient, device, at: held.at })
    }
  }

  /** After a restart: nobody is called silent for the time in which nobody could be heard. */
  async #recall(
    device: Address,
    lastSeen: DeviceWatchDeps['lastSeen'],
    log: Logger,
  ): Promise<Seen | undefined> {
    const at = await lastSeen(device).catch((err: unknown) => {
      log.warn({ err }, 'device not looked up')
      return undefined
    })
    if (at === undefined) return undefined
    const seen = this.#seen.get(device) ?? { at: this.#deps.clock.now(), isSilent: false }
    this.#seen.set(device, seen)
    return seen
  }

  #tell(notice: Notice): void {
    this.#deps.tell(notice).catch((err: unknown) => this.#deps.log.warn({ err }, 'notice not told'))
  }
}
