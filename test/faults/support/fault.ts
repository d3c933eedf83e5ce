import { appendFile, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

/** A line of the table that `make test-faults` ends with. */
export interface FaultLine {
  readonly done: string
  readonly asked: string
  readonly came: string
  readonly seconds: number
}

/** One JSON object a line; `make test-faults` begins a new one. */
export const FAULTS_FILE = fileURLToPath(new URL('../../../.build/faults.jsonl', import.meta.url))

/** How long something is away, ms: a minute's fraction unless HYGEIA_FAULT_SECONDS says otherwise. */
export const FAULT_MS = positive('HYGEIA_FAULT_SECONDS', 15) * 1_000
/** The same for the first hospital that is cut off. */
export const LONG_CUT_MS = positive('HYGEIA_CUT_SECONDS', FAULT_MS / 1_000) * 1_000
/** How long before its disk is lost a hospital was last backed up. */
export const BACKUP_MS = positive('HYGEIA_BACKUP_SECONDS', FAULT_MS / 1_000) * 1_000
/** How often each engine is killed. */
export const KILLS = positive('HYGEIA_KILLS', 6)

/**
 * A test that is a line of the table.
 *
 * @param act - resolves to what came of it, in figures
 */
export async function fault(
  t: Test,
  { done, asked }: Pick<FaultLine, 'done' | 'asked'>,
  act: (t: Test) => Promise<string>,
): Promise<void> {
  await t.test(`${done}: ${asked}`, async (t) => {
    const began = performance.now()
    let came = ''
    try {
      came = await act(t)
    } catch (cause) {
      came = `FAILED: ${cause instanceof Error ? cause.message : cause}`
      throw cause
    } finally {
      const seconds = Math.round((performance.now() - began) / 1_000)
      if (!t.passing() && !came.startsWith('FAILED')) came = `FAILED: ${came}`
      await note({ done, asked, came, seconds })
      t.comment(`${came} (${seconds} s)`)
    }
  })
}

async function note(line: FaultLine): Promise<void> {
  await mkdir(dirname(FAULTS_FILE), { recursive: true })
  await appendFile(FAULTS_FILE, `${JSON.stringify(line)}\n`)
}

function positive(name: string, otherwise: number): number {
  const value = Number(process.env[name] ?? otherwise)
  if (!Number.isFinite(value) || value < 1)
    throw new Error(`${name} is a number from 1 on, not ${process.env[name]}`)
  return value
}
