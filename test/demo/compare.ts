import { readFile } from 'node:fs/promises'
import { toCelsius } from '@hygeia/agent/drivers/tmp117/convert'
import type { LedgerEntry } from '@hygeia/agent/simulation/ledger'
import { readRecording } from '@hygeia/agent/simulation/recording'
import type { Address } from '@hygeia/protocol/ids'
import type { Missing } from '@hygeia/protocol/sample'
import { MINUTE_MS, type MonotonicMs, type UnixMs } from '@hygeia/protocol/units'

/** What was measured, or why nothing was. */
export type Outcome = number | Missing

/** By device, channel and time: what the physician must see. */
export class Expectation {
  readonly #outcomes = new Map<string, Outcome>()

  #key(device: Address, channel: string, at: UnixMs): string {
    return `${device} ${channel} ${at}`
  }

  get size(): number {
    return this.#outcomes.size
  }

  add(device: Address, channel: string, at: UnixMs, outcome: Outcome): void {
    this.#outcomes.set(this.#key(device, channel, at), outcome)
  }

  /** Removes and returns what was expected there, so that what is doubled or left over shows. */
  take(device: Address, channel: string, at: UnixMs): Outcome | undefined {
    const key = this.#key(device, channel, at)
    const outcome = this.#outcomes.get(key)
    this.#outcomes.delete(key)
    return outcome
  }
}

export interface PlayedHub {
  readonly device: Address
  /** Channels that record the hub's heart rate, and its SpO2 if that is recorded. */
  readonly rateChannel: string
  readonly spo2Channel?: string
  readonly rateColumn: string
}

/**
 * What a recording's minutes must look like after a pulse-oximeter hub: both fields empty is a probe that is off, one
 * of them empty is a hub that cannot tell.
 *
 * @param file - CSV of the recording
 * @param start - time of its first minute
 */
export async function expectRecording(
  expectation: Expectation,
  file: string,
  start: UnixMs,
  hubs: readonly PlayedHub[],
): Promise<void> {
  const recording = await readRecording(file)
  const origin = 0 as MonotonicMs
  const spo2Signal = recording.signal('spo2_percent', origin)
  for (const { device, rateChannel, rateColumn, spo2Channel } of hubs) {
    const rateSignal = recording.signal(rateColumn, origin)
    for (let minute = 0; minute < recording.length; minute++) {
      const at = (minute * MINUTE_MS) as MonotonicMs
      const [rate, spo2] = [rateSignal(at), spo2Signal(at)]
      const missing: Missing = rate === undefined && spo2 === undefined ? 'probe-off' : 'ambiguous'
      expectation.add(device, rateChannel, (start + at) as UnixMs, rate ?? missing)
      if (spo2Channel !== undefined)
        expectation.add(device, spo2Channel, (start + at) as UnixMs, spo2 ?? missing)
    }
  }
}

/** What the simulated thermometer handed out, read from the ledger that the chip itself keeps. @param start - first minute */
export async function expectTemperatures(
  expectation: Expectation,
  ledgerFile: string,
  sensor: string,
  device: Address,
  start: UnixMs,
): Promise<void> {
  const byTick = new Map<UnixMs, number>()
  for (const line of (await readFile(ledgerFile, 'utf8')).split('\n')) {
    if (line === '') continue
    const entry = JSON.parse(line) as LedgerEntry
    if (entry.sensor !== sensor) continue
    // A reading belongs to the minute in which it was taken.
    const at = entry.atUnixMs - ((entry.atUnixMs - start) % MINUTE_MS)
    byTick.set(at as UnixMs, toCelsius(Number(`0x${entry.bytes}`)))
  }
  for (const [at, celsius] of byTick) expectation.add(device, 'skin-temperature', at, celsius)
}
