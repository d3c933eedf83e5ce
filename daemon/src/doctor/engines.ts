import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { type Finding, unwell, well } from './finding.ts'

/** An engine that the daemon starts as a process of its own. */
export interface EngineProgram {
  readonly name: string
  /** Command or path. */
  readonly command: string
  readonly args: readonly string[]
  /** Finds the version in what it prints; group 1. */
  readonly version: RegExp
  /** Whether that version is one that this daemon works with. */
  readonly fits: (version: string) => boolean
  /** Which ones do, for people. */
  readonly wanted: string
}

/** The last release that seals Clique. */
const GETH = '1.13.15'
/** The first whose private network needs no autoconfiguration. */
const KUBO_MAJOR_MINOR = [0, 37] as const

export const geth = (command = 'geth'): EngineProgram => ({
  name: 'geth',
  command,
  args: ['version'],
  version: /^Version: (\d+\.\d+\.\d+)/m,
  fits: (version) => version === GETH,
  wanted: `${GETH}, the last that seals Clique`,
})

export const kubo = (command = 'ipfs'): EngineProgram => ({
  name: 'kubo',
  command,
  args: ['version', '--number'],
  version: /^(\d+\.\d+\.\d+)/m,
  fits: (version) => {
    const [major = 0, minor = 0] = version.split('.').map(Number)
    return major > KUBO_MAJOR_MINOR[0] || minor >= KUBO_MAJOR_MINOR[1]
  },
  wanted: `${KUBO_MAJOR_MINOR.join('.')} or newer`,
})

const run = promisify(execFile)
const LIMIT_MS = 10_000

/** Whether the program is there, and of a version that fits. */
export async function checkEngine({
  name,
  command,
  args,
  version,
  fits,
  wanted,
}: EngineProgram): Promise<Finding> {
  const subject = `engine ${name}`
  const advice = `install ${name} ${wanted}, or give its path in the configuration`
  const said = await run(command, [...args], { timeout: LIMIT_MS }).then(
    ({ stdout }) => stdout,
    () => undefined,
  )
  if (said === undefined) return unwell(subject, `${command} does not run`, advice)
  const found = version.exec(said)?.[1]
  if (found === undefined) return unwell(subject, `${command} does not say its version`, advice)
  return fits(found) ? well(subject, found) : unwell(subject, `${found} does not fit`, advice)
}
