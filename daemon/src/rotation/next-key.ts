import { randomBytes } from 'node:crypto'
import { access, mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Address } from '@hygeia/protocol/ids'
import { syncDirectory } from '@hygeia/runtime/atomic-write'
import { readKeyFile, writeKeyFile } from '@hygeia/runtime/key-file'
import type { AccountKey } from '../init/keys.ts'

const nextFile = (keysDir: string, name: AccountKey) => join(keysDir, `${name}.next.key`)

/** The key that is to take over, once the Directory names it; undefined while none is. */
export async function readNextKey(keysDir: string, name: AccountKey): Promise<Uint8Array | undefined> {
  const path = nextFile(keysDir, name)
  const isThere = await access(path).then(
    () => true,
    () => false,
  )
  return isThere ? await readKeyFile(path) : undefined
}

/** Make it, unless an earlier rotation is under way; then that one goes on. */
export async function nextKey(keysDir: string, name: AccountKey): Promise<Uint8Array> {
  const held = await readNextKey(keysDir, name)
  if (held !== undefined) return held
  await writeKeyFile(nextFile(keysDir, name), randomBytes(32))
  return await readKeyFile(nextFile(keysDir, name))
}

/** Put it in the place of the old one, which is gone then. */
export async function promoteKey(keysDir: string, name: AccountKey): Promise<void> {
  await rename(nextFile(keysDir, name), join(keysDir, `${name}.key`))
  await syncDirectory(keysDir)
}

/**
 * Folder for the transactions of an account. A key that took over has its own: nonces of another account are none of
 * its own.
 */
export async function transactionsDir(dataDir: string, name: AccountKey, address: Address): Promise<string> {
  const own = rotatedDir(dataDir, name, address)
  return await access(own).then(
    () => own,
    () => join(dataDir, 'transactions', name),
  )
}

/** Make the folder of a key that is about to take over. */
export async function makeTransactionsDir(
  dataDir: string,
  name: AccountKey,
  address: Address,
): Promise<void> {
  await mkdir(rotatedDir(dataDir, name, address), { recursive: true, mode: 0o700 })
  await syncDirectory(join(dataDir, 'transactions'))
}

const rotatedDir = (dataDir: string, name: AccountKey, address: Address) =>
  join(dataDir, 'transactions', `${name}-${address}`)
