import type { DaemonConfig } from '../config/config.ts'
import {
  ENGINES,
  type EngineEnvironment,
  EngineError,
  type EngineName,
  findEngine,
  versionOf,
} from '../engines/engines.ts'
import { type Finding, unwell, well } from './finding.ts'

/** Each program that the daemon starts with this configuration: whether it is there, in a version that fits. */
export async function checkEngines(
  { chain, ipfs }: Pick<DaemonConfig, 'chain' | 'ipfs'>,
  env: EngineEnvironment,
): Promise<readonly Finding[]> {
  return await Promise.all([
    ...(chain.engine === 'geth' ? [checkEngine('geth', chain.binary, env)] : []),
    ...(ipfs.node === 'kubo' ? [checkEngine('kubo', ipfs.binary, env)] : []),
  ])
}

/** @param configured - path; without one it is looked for as the daemon does */
async function checkEngine(
  name: EngineName,
  configured: string | undefined,
  env: EngineEnvironment,
): Promise<Finding> {
  const subject = `engine ${name}`
  const { binary, version, isFit, releases } = ENGINES[name]
  const advice = `put the official release where the daemon finds ${binary}, or its path in the configuration: ${releases}`
  try {
    const path = configured ?? (await findEngine(name, env))
    const held = await versionOf(path)
    if (held === undefined)
      return unwell(subject, `${path} does not run, or does not say its version`, advice)
    return isFit(held) ? well(subject, held) : unwell(subject, `${path} is ${held}, not ${version}`, advice)
  } catch (cause) {
    if (!(cause instanceof EngineError)) throw cause
    return unwell(subject, cause.detail.found ?? `no ${binary} in PATH`, advice)
  }
}
