import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { CodedError } from '@hygeia/protocol/errors'

export type EngineName = 'geth' | 'kubo'

/** A program of others that a hospital runs as a child of the daemon. */
export interface EngineRelease {
  /** What the file is called. */
  readonly binary: string
  readonly version: string
  /** Whether a program of this version does as well as `version`. */
  readonly isFit: (version: string) => boolean
  /** Go module that the program is built from, the package within it, and flags that it needs. */
  readonly goModule: string
  readonly goPackage: string
  readonly goFlags: readonly string[]
  /** Where its makers publish releases and their checksums or signatures. */
  readonly releases: string
}

export const ENGINES: Readonly<Record<EngineName, EngineRelease>> = {
  geth: {
    binary: 'geth',
    version: '1.13.15',
    // 1.14 seals no Clique any more, and what is older has other flags.
    isFit: (version) => version === '1.13.15',
    goModule: 'github.com/ethereum/go-ethereum',
    goPackage: './cmd/geth',
    // A dependency reaches into the Go runtime, which linkers from Go 1.23 on refuse unless told.
    goFlags: ['-ldflags=-s -w -checklinkname=0'],
    releases: 'geth.ethereum.org/downloads (1.13.15, with its PGP signature)',
  },
  kubo: {
    binary: 'ipfs',
    // 0.43.1 replaces a module by one that the module proxy does not serve: it cannot be built from there.
    version: '0.43.0',
    isFit: (version) => atLeast(version, [0, 43]) && !atLeast(version, [1, 0]),
    goModule: 'github.com/ipfs/kubo',
    goPackage: './cmd/ipfs',
    goFlags: ['-ldflags=-s -w'],
    releases: 'dist.ipfs.tech/kubo/v0.43.0 (with its .sha512)',
  },
}

export type EngineFault =
  /** Neither PATH nor the cache holds a version that fits. */
  { readonly code: 'ENGINE_MISSING'; readonly engine: EngineName; readonly found: string | undefined }

export class EngineError extends CodedError<EngineFault> {}

/** What of the environment says where programs are. */
export interface EngineEnvironment {
  readonly PATH?: string | undefined
  readonly HYGEIA_CACHE?: string | undefined
  readonly XDG_CACHE_HOME?: string | undefined
}

/** Folder that `make engines` builds an engine into, named after its version. */
export function engineDir(name: EngineName, env: EngineEnvironment): string {
  const cache = env.HYGEIA_CACHE ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'hygeia')
  return join(cache, 'engines', `${name}-${ENGINES[name].version}`)
}

/**
 * Path of the engine: from PATH when the version there fits, else from the cache of `make engines`.
 *
 * @throws {EngineError} `ENGINE_MISSING`
 */
export async function findEngine(name: EngineName, env: EngineEnvironment): Promise<string> {
  const { binary, version, isFit, releases } = ENGINES[name]
  const folders = [...(env.PATH ?? '').split(delimiter).filter(Boolean), engineDir(name, env)]
  let found: string | undefined
  for (const path of folders.map((folder) => join(folder, binary))) {
    if (!(await isExecutable(path))) continue
    const held = await versionOf(path)
    if (held !== undefined && isFit(held)) return path
    found ??= `${path} is ${held ?? 'of no known version'}`
  }
  throw new EngineError(
    `${name} ${version} is not here${found === undefined ? '' : ` (${found})`}: ` +
      `build it with "make engines", or put the official release in PATH: ${releases}`,
    { code: 'ENGINE_MISSING', engine: name, found },
  )
}

/** Three numbers, as both programs tell by `version`; undefined when the program does not tell. */
export async function versionOf(path: string): Promise<string | undefined> {
  const run = promisify(execFile)
  // Kubo tells nothing where it knows of no home.
  const env = { HOME: homedir() }
  const told = await run(path, ['version'], { timeout: 20_000, env }).catch(() => undefined)
  return /version:? v?(\d+\.\d+\.\d+)/i.exec(told?.stdout ?? '')?.[1]
}

async function isExecutable(path: string): Promise<boolean> {
  return await access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

function atLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [heldMajor = 0, heldMinor = 0] = version.split('.').map(Number)
  return heldMajor > major || (heldMajor === major && heldMinor >= minor)
}
