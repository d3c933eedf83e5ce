import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncDirectory, writeAtomic } from '@hygeia/runtime/atomic-write'
import { RuntimeError } from '@hygeia/runtime/errors'
import { readKeyFile } from '@hygeia/runtime/key-file'
import { KEY_CREDENTIAL } from '../identity/credential.ts'
import { SetupError } from './errors.ts'
import type { Machine } from './machine.ts'

export interface KeyPlaces {
  /** In the clear, 64 hex digits. */
  readonly plain: string
  /** Encrypted by systemd to this machine: its TPM where it has one, a key of root's where not. */
  readonly sealed: string
}

/** @returns 32 bytes; undefined when there is no encrypted key */
export async function openSealedKey(sealed: string, machine: Machine): Promise<Uint8Array | undefined> {
  if (!machine.has(sealed)) return undefined
  const text = await machine.run('systemd-creds', ['decrypt', `--name=${KEY_CREDENTIAL}`, sealed, '-'])
  const [digits] = /^[0-9a-f]{64}(?=\n?$)/.exec(text) ?? []
  if (digits === undefined) {
    throw new RuntimeError(`${sealed} does not hold a key`, {
      code: 'FILE_INVALID',
      path: sealed,
      problems: ['not 64 hex digits'],
    })
  }
  return Uint8Array.from(Buffer.from(digits, 'hex'))
}

/**
 * Encrypt the device's key to this machine, and then forget it in the clear. A cut in between leaves both, and the
 * next time goes on from there.
 *
 * @throws {SetupError} `TWO_KEYS`, or `PROGRAM_FAILED` when systemd cannot; the key in the clear is then still there
 */
export async function sealKey({ plain, sealed }: KeyPlaces, machine: Machine): Promise<void> {
  if (!machine.has(plain)) return
  const key = await readKeyFile(plain)
  if (!machine.has(sealed)) {
    const text = `${Buffer.from(key).toString('hex')}\n`
    const cipher = await machine.run('systemd-creds', ['encrypt', `--name=${KEY_CREDENTIAL}`, '-', '-'], text)
    await writeAtomic(sealed, cipher, 0o600)
  }
  const back = await openSealedKey(sealed, machine)
  if (back === undefined || !Buffer.from(back).equals(key)) {
    const advice = 'move away the one that is not this device’s'
    throw new SetupError(`${plain} and ${sealed} are different keys: ${advice}`, {
      code: 'TWO_KEYS',
      plain,
      sealed,
    })
  }
  await rm(plain)
  await syncDirectory(dirname(plain))
}
