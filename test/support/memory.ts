import { readFile } from 'node:fs/promises'

/** Resident memory of a process, in MB of 2^20 bytes. */
export async function residentMb(pid: number): Promise<number> {
  return residentMbIn(await readFile(`/proc/${pid}/status`, 'utf8'))
}

/** The same from the text of its `/proc/PID/status`, wherever that is. @see proc_pid_status(5), VmRSS */
export function residentMbIn(status: string): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? []
  if (kib === undefined) throw new Error(`a process without resident memory:\n${status}`)
  return Number(kib) / 1_024
}

const UNIT = new URL('../../systemd/hygeia-agent.service', import.meta.url)

/** Limits of V8's heaps, as the agent's unit has them: without, a heap grows for hours before it is collected. */
export async function heapLimitsOfUnit(): Promise<readonly string[]> {
  const limits = (await readFile(UNIT, 'utf8')).match(/--max-[a-z-]+=\d+/g)
  if (limits === null) throw new Error('the unit of the agent limits no heap')
  return limits
}
