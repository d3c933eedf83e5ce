import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Address } from '@hygeia/protocol/ids'
import { writeAtomic } from '@hygeia/runtime/atomic-write'
import { readKeyFile, writeKeyFile } from '@hygeia/runtime/key-file'
import { AgentConfig, pathsOf } from './config/config.ts'
import { defaultConfig } from './config/default-config.ts'
import { identityOf } from './identity/device-key.ts'

/** What `init` found or made. */
export interface Initialised {
  readonly device: Address
  readonly isNewKey: boolean
  readonly isNewConfig: boolean
}

/** Make the device's key and a configuration where there are none; what is there stays as it is. */
export async function initAgent(configPath: string, stateDir: string): Promise<Initialised> {
  await mkdir(stateDir, { recursive: true, mode: 0o700 })
  await mkdir(dirname(configPath), { recursive: true })
  const isNewConfig = await initConfig(configPath, stateDir)
  const { signingKey } = pathsOf(AgentConfig.parse(defaultConfig(stateDir)))
  const isNewKey = await initKey(signingKey)
  return { device: identityOf(await readKeyFile(signingKey)).signer.address, isNewKey, isNewConfig }
}

/** @returns whether there was none */
export async function initConfig(path: string, stateDir: string): Promise<boolean> {
  if (existsSync(path)) return false
  await writeAtomic(path, `${JSON.stringify(defaultConfig(stateDir), undefined, 2)}\n`, 0o644)
  return true
}

/** @returns whether there was none */
export async function initKey(path: string): Promise<boolean> {
  if (existsSync(path)) return false
  // A random 32-byte number is no key with a chance of 2^-128; the signer would say so.
  await writeKeyFile(path, randomBytes(32))
  return true
}
