import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeAtomic } from '@hygeia/runtime/atomic-write'

/** What hospital staff on this machine show to the API: made anew at each start, in a 0600 file. */
export async function makeOperatorToken(dataDir: string): Promise<string> {
  const token = randomBytes(32).toString('hex')
  await writeAtomic(fileIn(dataDir), `${token}\n`)
  return token
}

/** @throws when the daemon has not run here, or this user may not read it */
export async function readOperatorToken(dataDir: string): Promise<string> {
  return (await readFile(fileIn(dataDir), 'utf8')).trim()
}

const fileIn = (dataDir: string) => join(dataDir, 'operator-token')
