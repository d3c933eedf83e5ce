import { readFile } from 'node:fs/promises'
import { writeAtomic } from '@hygeia/runtime/atomic-write'
import { systemClock } from '@hygeia/runtime/clock'
import * as z from 'zod'
import type { SimulationConfig } from './sampling/config.ts'

const Begun = z.strictObject({ startUnixMs: z.int(), begunUnixMs: z.int() })

export interface BegunSimulation {
  readonly simulation: SimulationConfig
  /** It begins now: what little passed since it was noted counts for nothing, or a fast simulation would lose its first rows. */
  readonly isFirst: boolean
}

/**
 * The simulation with the real time at which it first began, so that simulated time goes on through restarts as a
 * patient's does. Noted at the first start.
 *
 * @param path - where it is noted
 */
export async function begunSimulation(simulation: SimulationConfig, path: string): Promise<BegunSimulation> {
  const { time } = simulation
  if (time === undefined || time.speed === 'max' || time.begunUnixMs !== undefined) {
    return { simulation, isFirst: false }
  }
  const { startUnixMs } = time
  const noted = await readBegun(path)
  const isFirst = noted?.startUnixMs !== startUnixMs
  const begunUnixMs = isFirst ? systemClock.now() : noted.begunUnixMs
  if (isFirst) await writeAtomic(path, `${JSON.stringify({ startUnixMs, begunUnixMs })}\n`)
  return { simulation: { ...simulation, time: { ...time, begunUnixMs } }, isFirst }
}

async function readBegun(path: string): Promise<z.infer<typeof Begun> | undefined> {
  try {
    return Begun.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    return undefined
  }
}
