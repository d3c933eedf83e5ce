import { readFile } from 'node:fs/promises'
import { writeAtomic } from '@hygeia/runtime/atomic-write'
import { sleep, systemClock } from '@hygeia/runtime/clock'
import { z } from 'zod'
import type { SimulationConfig } from './sampling/config.ts'

const Begun = z.strictObject({ startUnixMs: z.int(), begunUnixMs: z.int() })
/** Longer than it takes to note it. */
const LEAD_MS = 100

/**
 * The simulation with the real time at which it first began, so that simulated time goes on through restarts as a
 * patient's does. Noted at the first start; it begins when this returns.
 *
 * @param path - where it is noted
 */
export async function begunSimulation(simulation: SimulationConfig, path: string): Promise<SimulationConfig> {
  const { time } = simulation
  if (time === undefined || time.speed === 'max' || time.begunUnixMs !== undefined) return simulation
  const { startUnixMs } = time
  const noted = await readBegun(path)
  if (noted?.startUnixMs === startUnixMs)
    return { ...simulation, time: { ...time, begunUnixMs: noted.begunUnixMs } }
  const begunUnixMs = systemClock.now() + LEAD_MS
  await writeAtomic(path, `${JSON.stringify({ startUnixMs, begunUnixMs })}\n`)
  await sleep(systemClock, begunUnixMs - systemClock.now(), new AbortController().signal)
  return { ...simulation, time: { ...time, begunUnixMs } }
}

async function readBegun(path: string): Promise<z.infer<typeof Begun> | undefined> {
  try {
    return Begun.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    return undefined
  }
}
