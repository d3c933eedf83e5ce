import { join } from 'node:path'
import { RuntimeError } from '@hygeia/runtime/errors'
import { readKeyFile } from '@hygeia/runtime/key-file'
import { ACCOUNT_KEYS, addressesOf, type HospitalAddresses, readKeys } from '../init/keys.ts'
import { type Finding, unwell, well } from './finding.ts'

const NAMES = [...ACCOUNT_KEYS, 'proxy', 'storage']

/** Every key: there, readable by nobody else, and whole. Says nothing of what is in it. */
export async function checkKeys(keysDir: string): Promise<readonly Finding[]> {
  return await Promise.all(
    NAMES.map(async (name) => {
      const path = join(keysDir, `${name}.key`)
      try {
        await readKeyFile(path)
        return well(`key ${name}`, 'there, and nobody else can read it')
      } catch (cause) {
        const [found, advice] = trouble(cause, path)
        return unwell(`key ${name}`, found, advice)
      }
    }),
  )
}

/** What the hospital is called on the chain; undefined while a key is missing. */
export async function addressesIn(keysDir: string): Promise<HospitalAddresses | undefined> {
  return await readKeys(keysDir).then(addressesOf, () => undefined)
}

function trouble(cause: unknown, path: string): readonly [string, string] {
  if (!(cause instanceof RuntimeError)) return [String(cause), `look at ${path}`]
  switch (cause.detail.code) {
    case 'FILE_EXPOSED':
      return ['others on this machine can read it', `chmod 600 ${path}; if others have, rotate it`]
    case 'FILE_INVALID':
      return ['damaged', `bring ${path} back from a backup`]
    default:
      return [
        'missing, or not readable by this user',
        `run as the daemon’s user, or bring ${path} back from a backup`,
      ]
  }
}
