import { readFile } from 'node:fs/promises'
import { IpfsError } from './errors.ts'

/**
 * The key that makes a swarm private: only who has the same connects.
 *
 * @returns its 95 bytes, as libp2p wants them
 * @throws {IpfsError} `SWARM_KEY_INVALID`
 */
export async function readSwarmKey(path: string): Promise<Uint8Array> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new IpfsError(
      `swarm key ${path} cannot be read: put there the key that the hospitals share`,
      { code: 'SWARM_KEY_INVALID', path },
      { cause },
    )
  })
  if (!/^\/key\/swarm\/psk\/1\.0\.0\/\s+\/base16\/\s+[0-9a-f]{64}\s*$/.test(text)) {
    throw new IpfsError(`${path} is not a swarm key`, { code: 'SWARM_KEY_INVALID', path })
  }
  return Buffer.from(text.trim())
}
