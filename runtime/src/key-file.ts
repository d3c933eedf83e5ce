import { open } from 'node:fs/promises'
import { createAtomic } from './atomic-write.ts'
import { RuntimeError } from './errors.ts'

/** systemd.exec(5), "Credentials": only root and the service's user can enter it. */
const CREDENTIALS = '/run/credentials/'

export interface KeyFileOptions {
  /**
   * Handed over by systemd, which lets the service's user read it by an access control list: its mask shows where the
   * group's bits are.
   */
  readonly isCredential?: boolean
}

/**
 * Read a secret kept as 64 hex digits in a file of mode 0600 (or a systemd credential).
 *
 * @returns 32 bytes
 * @throws {RuntimeError} `FILE_UNREADABLE`, `FILE_EXPOSED` when group or others may read it, `FILE_INVALID`
 */
export async function readKeyFile(
  path: string,
  { isCredential = path.startsWith(CREDENTIALS) }: KeyFileOptions = {},
): Promise<Uint8Array> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw new RuntimeError(
      `cannot read key file ${path}: run init first`,
      { code: 'FILE_UNREADABLE', path },
      { cause },
    )
  })
  try {
    const { mode } = await file.stat()
    if ((mode & (isCredential ? 0o037 : 0o077)) !== 0) {
      throw new RuntimeError(`key file ${path} can be read by others: chmod 600 ${path}`, {
        code: 'FILE_EXPOSED',
        path,
        mode: mode & 0o777,
      })
    }
    const text = (await file.readFile('utf8')).trim()
    if (!/^[0-9a-f]{64}$/.test(text)) {
      throw new RuntimeError(`key file ${path} does not hold 64 hex digits`, {
        code: 'FILE_INVALID',
        path,
        problems: ['not 64 hex digits'],
      })
    }
    return Uint8Array.from(Buffer.from(text, 'hex'))
  } finally {
    await file.close()
  }
}

/**
 * Write `key` (32 bytes) to a new file of mode 0600.
 *
 * @throws {RuntimeError} `FILE_EXISTS`: a key that is replaced may be lost for ever
 */
export async function writeKeyFile(path: string, key: Uint8Array): Promise<void> {
  const text = `${Buffer.from(key).toString('hex')}\n`
  await createAtomic(path, text, 0o600).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EEXIST') throw cause
    throw new RuntimeError(
      `key file ${path} is there already: a key is never replaced, move it away first`,
      { code: 'FILE_EXISTS', path },
      { cause },
    )
  })
}
