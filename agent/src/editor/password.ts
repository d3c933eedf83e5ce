import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { writeAtomic } from '@hygeia/runtime/atomic-write'
import bcrypt from 'bcryptjs'
import { EditorError } from './errors.ts'

const MIN_CHARACTERS = 10
/** bcrypt looks at no more bytes than these. */
const MAX_BYTES = 72
/** Some 0.3 s on a Pi 3: one log-in, or one guess. */
const COST = 10

/** @throws {EditorError} `PASSWORD_REFUSED` when it has fewer than 10 characters or more than 72 bytes */
export async function writePassword(path: string, password: string): Promise<void> {
  if ([...password].length < MIN_CHARACTERS) {
    throw new EditorError(`the password needs ${MIN_CHARACTERS} characters or more`, {
      code: 'PASSWORD_REFUSED',
    })
  }
  if (Buffer.byteLength(password) > MAX_BYTES) {
    throw new EditorError(`the password has more than ${MAX_BYTES} bytes`, { code: 'PASSWORD_REFUSED' })
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writeAtomic(path, `${await bcrypt.hash(password, COST)}\n`)
}

/**
 * The bcrypt hash of the editor's password.
 *
 * @throws {EditorError} `NO_PASSWORD`, `PASSWORD_EXPOSED` when group or others may read it, `PASSWORD_INVALID`
 */
export async function readPassword(path: string): Promise<string> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw new EditorError(
      'the editor has no password: run hygeia-agent password',
      { code: 'NO_PASSWORD', path },
      { cause },
    )
  })
  try {
    const { mode } = await file.stat()
    if ((mode & 0o077) !== 0) {
      throw new EditorError(`${path} can be read by others: chmod 600 ${path}`, {
        code: 'PASSWORD_EXPOSED',
        path,
      })
    }
    const hash = (await file.readFile('utf8')).trim()
    if (!/^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/.test(hash)) {
      throw new EditorError(`${path} holds no password hash: run hygeia-agent password`, {
        code: 'PASSWORD_INVALID',
        path,
      })
    }
    return hash
  } finally {
    await file.close()
  }
}
