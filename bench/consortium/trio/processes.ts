import { readdir, readFile } from 'node:fs/promises'
import { cpuOf } from '../../ward/threads.ts'
import type { Trio } from './trio.ts'

export const PROGRAMS = ['daemon', 'geth', 'Kubo'] as const
export type Program = (typeof PROGRAMS)[number]

/** The processes of one hospital. */
export type Processes = Readonly<Record<Program, number>>

/** Names that the kernel knows the engines by. */
const ENGINES: Readonly<Record<string, Program>> = { geth: 'geth', ipfs: 'Kubo' }

/** Each hospital's processes, in the hospitals' order. @throws {Error} when an engine of one does not run */
export async function processesOf({ members }: Trio): Promise<readonly Processes[]> {
  const children = await childrenByParent()
  return members.map(({ pid }) => {
    const found = new Map<Program, number>([['daemon', pid]])
    for (const { name, pid: child } of children.get(pid) ?? []) {
      const engine = ENGINES[name]
      if (engine !== undefined) found.set(engine, child)
    }
    const of = (program: Program) => {
      const it = found.get(program)
      if (it === undefined) throw new Error(`the hospital of process ${pid} has no ${program}`)
      return it
    }
    return { daemon: pid, geth: of('geth'), Kubo: of('Kubo') }
  })
}

/** Seconds of CPU that the hospitals have used since they started, by program, all hospitals together. */
export async function cpuByProgram(
  hospitals: readonly Processes[],
): Promise<Readonly<Record<Program, number>>> {
  const sums = { daemon: 0, geth: 0, Kubo: 0 }
  for (const processes of hospitals) {
    for (const program of PROGRAMS) {
      for (const used of (await cpuOf(processes[program])).values()) sums[program] += used
    }
  }
  return sums
}

/** @see proc_pid_stat(5), fields comm and ppid */
async function childrenByParent() {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found: { readonly pid: number; readonly name: string; readonly parent: number }[] = []
  for (const pid of pids) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
    const [, name, parent] = /^\d+ \((.*)\) \S (\d+)/s.exec(stat) ?? []
    if (name !== undefined) found.push({ pid: Number(pid), name, parent: Number(parent) })
  }
  return Map.groupBy(found, ({ parent }) => parent)
}
