import type { DaemonConfig } from '../config/config.ts'
import { type EngineProgram, geth, kubo } from './engines.ts'

/** Programs that the daemon would start with this configuration. */
export function programsOf({ chain, ipfs }: DaemonConfig): readonly EngineProgram[] {
  const programs: EngineProgram[] = []
  if (kindOf(chain, 'engine') === 'geth') programs.push(geth(pathIn(chain)))
  if (kindOf(ipfs, 'node') === 'kubo') programs.push(kubo(pathIn(ipfs)))
  return programs
}

function kindOf(part: object, field: string): unknown {
  return Object.entries(part).find(([name]) => name === field)?.[1]
}

/** Where the configuration says that the program is. */
function pathIn(part: object): string | undefined {
  const value = kindOf(part, 'binary')
  return typeof value === 'string' ? value : undefined
}
