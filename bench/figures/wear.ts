import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { wearOf } from '../../agent/test/support/wear.ts'
import type { Finding } from '../report/figure.ts'

const MINUTES = 10
const MINUTES_A_DAY = 1_440
/** In the checkout: what is written to a folder in memory wears nothing. */
const BUILD = fileURLToPath(new URL('../../.build/', import.meta.url))

/** Bytes written to the agent's card: the price of losing no more than two seconds in a power cut. */
export async function wear(): Promise<Finding> {
  return {
    figures: [
      await line('bytes written to the card a reading, four at 1 Hz', false, 1_000),
      await line('bytes written to the card a reading, with an ECG', true, 30),
    ],
  }
}

async function line(name: string, hasEcg: boolean, atMost: number) {
  await mkdir(BUILD, { recursive: true })
  const folder = await mkdtemp(join(BUILD, 'wear-'))
  try {
    const { readings, bytes } = await wearOf(folder, { minutes: MINUTES, hasEcg })
    if (bytes === 0) throw new Error(`${folder} is on no disk`)
    const perDay = (bytes * MINUTES_A_DAY) / MINUTES / 1e6
    const note = `${perDay.toFixed(0)} MB a day, as the kernel counts, the file system's own journal aside`
    return { name, measured: bytes / readings, unit: 'B' as const, aim: { atMost }, note }
  } finally {
    await rm(folder, { recursive: true })
  }
}
