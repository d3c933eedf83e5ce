import { readFile } from 'node:fs/promises'
import { noisyVitals } from '@hygeia/agent/simulation/noise'
import { channelNamed } from '@hygeia/protocol/channel'
import type { Sample } from '@hygeia/protocol/sample'
import { toSample } from '@hygeia/protocol/to-sample'
import type { MonotonicMs } from '@hygeia/protocol/units'
import { chunkOf, clocksOf, NEVER, openLine } from './line.ts'

export interface Wear {
  readonly readings: number
  /** What the kernel counts as written to the disk by this process; not the file system's own journal. */
  readonly bytes: number
}

const ECG_HZ = 250

/**
 * Bytes written to the disk below `folder` while `minutes` of four vital signs at 1 Hz, and of an ECG if told, are
 * journaled, sealed and spooled as in an agent: each second's samples come as one chunk.
 *
 * @see proc_pid_io(5), write_bytes: counts pages as they become dirty, so a page written twice before it is synced
 *   counts once
 */
export async function wearOf(
  folder: string,
  { minutes, hasEcg }: { readonly minutes: number; readonly hasEcg: boolean },
): Promise<Wear> {
  const line = await openLine({ folder })
  const clocks = clocksOf(Date.UTC(2025, 5, 15))
  const before = await written()
  let readings = 0
  for (let second = 0; second < minutes * 60; second++) {
    const samples = [...vitalsAt(second), ...(hasEcg ? ecgOf(second) : [])]
    readings += samples.length
    await line.pipeline.take(chunkOf(samples, clocks), NEVER)
  }
  const bytes = (await written()) - before
  line.kill()
  return { readings, bytes }
}

const patient = noisyVitals(1)
const VITALS = {
  'heart-rate': patient.heartRate,
  pulse: patient.pulse,
  spo2: patient.spo2,
  'skin-temperature': patient.temperature,
}

function vitalsAt(second: number): readonly Sample[] {
  const at = (second * 1_000) as MonotonicMs
  return Object.entries(VITALS).map(([name, signal]) => {
    const value = signal(at)
    return toSample(channelNamed(name), at, value === undefined ? { missing: 'not-yet' } : { value })
  })
}

/** A millivolt of 1.2 Hz with what electrodes add: hard to compress, as a real one is. */
function ecgOf(second: number): readonly Sample[] {
  return Array.from({ length: ECG_HZ }, (_, index) => {
    const at = second * 1_000 + (index * 1_000) / ECG_HZ
    const value = Math.round(1_000 * Math.sin((at / 1_000) * 2 * Math.PI * 1.2) + 40 * Math.random())
    return toSample(channelNamed('ecg-ii'), at as MonotonicMs, { value })
  })
}

async function written(): Promise<number> {
  const [, bytes] = /^write_bytes: (\d+)$/m.exec(await readFile('/proc/self/io', 'utf8')) ?? []
  return Number(bytes)
}
