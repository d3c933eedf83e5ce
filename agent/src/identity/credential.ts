import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { AgentConfig } from '../config/config.ts'

/** Name of the device's key among the service's credentials. */
export const KEY_CREDENTIAL = 'device.key'
/** Where the unit finds it, encrypted to this machine. */
export const SEALED_KEY_FILE = '/etc/credstore.encrypted/hygeia-agent.device.key'

/**
 * The configuration with the key that systemd has decrypted for this service, where it has.
 *
 * @param directory - `$CREDENTIALS_DIRECTORY`
 */
export function withCredential(config: AgentConfig, directory: string | undefined): AgentConfig {
  if (directory === undefined || config.signingKeyFile !== undefined) return config
  const file = join(directory, KEY_CREDENTIAL)
  return existsSync(file) ? { ...config, signingKeyFile: file } : config
}
