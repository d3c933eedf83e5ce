import { readFile } from 'node:fs/promises'
import type { HospitalProcess } from './hospital.ts'

/** Process id of an engine that the hospital's daemon runs; undefined while it does not. */
export async function engineOf(
  { process: { pid } }: HospitalProcess,
  program: 'geth' | 'ipfs',
): Promise<number | undefined> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  for (const child of children.trim().split(' ').filter(Boolean)) {
    const name = await readFile(`/proc/${child}/comm`, 'utf8').catch(() => '')
    if (name.trim() === program) return Number(child)
  }
  return undefined
}
