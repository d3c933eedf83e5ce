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
  const config = defaultConfig(stateDir)
  const isNewConfig = !existsSync(configPath)
  if (isNewConfig) await writeAtomic(configPath, `${JSON.stringify(config, undefined, 2)}\n`, 0o644)
  const { signingKey } = pathsOf(AgentConfig.parse(config))
  const isNewKey = !existsSync(signingKey)
  // A random 32-byte number is no key with a chance of 2^-128; the signer would say so.
  if (isNewKey) await writeKeyFile(signingKey, randomBytes(32))
  return { device: identityOf(await readKeyFile(signingKey)).signer.address, isNewKey, isNewConfig }
}
