import { readdir, readFile } from 'node:fs/promises'

/** Hundredths of a second: USER_HZ, which Linux fixes for whoever looks from outside. */
const TICKS_A_SECOND = 100

/** Seconds of CPU that each of a process's threads has used, by thread name; those of one name together. */
export async function cpuOf(pid: number): Promise<ReadonlyMap<string, number>> {
  const used = new Map<string, number>()
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    // A thread may end between the two.
    const stat = await readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8').catch(() => undefined)
    // The name may hold anything, brackets too; the rest has no bracket.
    const [, name, rest] = /^\d+ \((.*)\) ([^)]*)$/s.exec(stat ?? '') ?? []
    if (name === undefined || rest === undefined) continue
    const [user = 0, system = 0] = rest.split(' ').slice(11, 13).map(Number)
    used.set(name, (used.get(name) ?? 0) + (user + system) / TICKS_A_SECOND)
  }
  return used
}

/** Bytes of a process in memory: all, and without what it merely maps from files. */
export async function residentBytes(pid: number): Promise<{ readonly all: number; readonly own: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const of = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0) * 1_024
  return { all: of('VmRSS'), own: of('RssAnon') }
}

/** What the named threads did between two looks, as shares of one core, most first. */
export function sharesOf(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  seconds: number,
): readonly { readonly name: string; readonly share: number }[] {
  return [...after]
    .map(([name, used]) => ({ name, share: (used - (before.get(name) ?? 0)) / seconds }))
    .filter(({ share }) => share >= 0.01)
    .sort((a, b) => b.share - a.share)
}
