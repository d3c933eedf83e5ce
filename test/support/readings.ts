import { readFile } from 'node:fs/promises'
import { toReport, toVitals } from '@hygeia/agent/drivers/max32664/convert'
import { toMovement } from '@hygeia/agent/drivers/mpu6050/convert'
import { FIFO_BYTES, FRAME_BYTES } from '@hygeia/agent/drivers/mpu6050/registers'
import { toCelsius } from '@hygeia/agent/drivers/tmp117/convert'
import type { LedgerEntry } from '@hygeia/agent/simulation/ledger'
import { channelNamed } from '@hygeia/protocol/channel'
import type { Address } from '@hygeia/protocol/ids'
import type { Missing } from '@hygeia/protocol/sample'
import type { UnixMs } from '@hygeia/protocol/units'
import type { DeviceConfig } from './device.ts'

/** What was measured, or why nothing was. */
export type Reading = number | Missing

/** Which reading it is: device, channel and the instant that it was due at. */
export const nameOfReading = (device: Address, channel: string, at: UnixMs) => `${device} ${channel} ${at}`

export interface CountedReading {
  readonly name: string
  readonly at: UnixMs
  readonly value: Reading
}

/** What the simulated chips of a device have handed out so far, in order; the chips write it down themselves. */
export async function readLedger(file: string): Promise<readonly LedgerEntry[]> {
  const text = await readFile(file, 'utf8').catch(() => '')
  // A reader may come between the halves of a line.
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line): LedgerEntry => JSON.parse(line))
}

/**
 * The readings in a part of a ledger, one for each channel and instant: where a chip was read twice for one, the
 * last counts.
 *
 * @throws {Error} for a sensor that `config` does not name, or whose kind is not counted here
 */
export function countReadings(
  entries: readonly LedgerEntry[],
  device: Address,
  config: Pick<DeviceConfig, 'sensors' | 'simulation'>,
): readonly CountedReading[] {
  const start = config.simulation?.time?.startUnixMs ?? 0
  const counted = new Map<string, CountedReading>()
  for (const { sensor: name, atUnixMs, bytes } of wholeReads(entries, config, start)) {
    const sensor = config.sensors.find((one) => one.name === name)
    if (sensor?.kind !== 'tmp117' && sensor?.kind !== 'max32664' && sensor?.kind !== 'mpu6050') {
      throw new Error(`no chip that is counted is named ${name}`)
    }
    const values = valuesOf(sensor.kind, Buffer.from(bytes, 'hex'))
    for (const { channel, from, periodMs = 1_000 } of sensor.channels) {
      // What was handed out belongs to the instant of the grid before it.
      const at = (start + Math.floor((atUnixMs - start) / periodMs) * periodMs) as UnixMs
      const value = values[from]
      if (value === undefined) throw new Error(`${name} measures no ${from}`)
      const { perUnit } = channelNamed(channel)
      const rounded = typeof value === 'number' ? Math.round(value * perUnit) / perUnit : value
      const place = nameOfReading(device, channel, at)
      counted.set(place, { name: place, at, value: rounded })
    }
  }
  return [...counted.values()]
}

/** A FIFO is handed out in blocks: those of one period are one entry here. */
function wholeReads(
  entries: readonly LedgerEntry[],
  { sensors }: Pick<DeviceConfig, 'sensors'>,
  start: number,
): readonly LedgerEntry[] {
  const periods = new Map(
    sensors.flatMap((sensor) =>
      sensor.kind === 'mpu6050' ? [[sensor.name, sensor.channels[0]?.periodMs ?? 1_000] as const] : [],
    ),
  )
  const whole: LedgerEntry[] = []
  const open = new Map<string, { readonly place: number; readonly tick: number }>()
  for (const entry of entries) {
    const periodMs = periods.get(entry.sensor)
    const tick = periodMs === undefined ? Number.NaN : Math.floor((entry.atUnixMs - start) / periodMs)
    const before = open.get(entry.sensor)
    const begun = before?.tick === tick ? whole[before.place] : undefined
    if (before !== undefined && begun !== undefined) {
      whole[before.place] = { ...entry, bytes: begun.bytes + entry.bytes }
      continue
    }
    open.set(entry.sensor, { place: whole.length, tick })
    whole.push(entry)
  }
  return whole
}

function valuesOf(kind: 'tmp117' | 'max32664' | 'mpu6050', bytes: Buffer): Readonly<Record<string, Reading>> {
  if (kind === 'tmp117') return { temperature: toCelsius(bytes.readUInt16BE()) }
  if (kind === 'mpu6050') {
    // One that is full has lost what came before.
    if (bytes.length > FIFO_BYTES - FRAME_BYTES) return { movement: 'ambiguous' }
    return { movement: toMovement(bytes) ?? 'not-yet' }
  }
  const vitals = toVitals(toReport(bytes), 0)
  return Object.fromEntries(
    Object.entries(vitals).map(([name, reading]) => [
      name,
      'missing' in reading ? reading.missing : reading.value,
    ]),
  )
}
