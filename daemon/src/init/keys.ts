import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { keyDigest } from '@hygeia/protocol/grant/physician-key'
import type { Address, Hex32 } from '@hygeia/protocol/ids'
import { keySigner, type Signer } from '@hygeia/protocol/signature'
import { publicKey, randomSecretKey } from '@hygeia/protocol/umbral/keys'
import { readKeyFile, writeKeyFile } from '@hygeia/runtime/key-file'

/** Accounts of a hospital; each key does one thing. */
export const ACCOUNT_KEYS = ['operator', 'validator', 'anchor', 'relay', 'receipt'] as const
export type AccountKey = (typeof ACCOUNT_KEYS)[number]

/** What a hospital holds in secret. */
export interface HospitalKeys {
  readonly accounts: Readonly<Record<AccountKey, { readonly key: Uint8Array; readonly signer: Signer }>>
  /** Umbral secret that kfrags are encrypted to, 32 bytes. */
  readonly proxySecret: Uint8Array
  /** 33 bytes. */
  readonly proxyKey: Uint8Array
  /** Encrypts kfrags on this disk, 32 bytes. */
  readonly storageKey: Uint8Array
}

/** A hospital by its addresses, as the Directory holds it. */
export interface HospitalAddresses {
  readonly operator: Address
  readonly anchor: Address
  readonly relay: Address
  readonly receipt: Address
  readonly proxyKeyDigest: Hex32
}

const fileOf = (dir: string, name: string) => join(dir, `${name}.key`)

/** Make every key of a new hospital, one 0600 file each, and say nothing of them. */
export async function makeKeys(dir: string): Promise<void> {
  for (const name of ACCOUNT_KEYS) await writeKeyFile(fileOf(dir, name), randomBytes(32))
  await writeKeyFile(fileOf(dir, 'proxy'), randomSecretKey())
  await writeKeyFile(fileOf(dir, 'storage'), randomBytes(32))
}

/** @throws {RuntimeError} when a key file is missing, exposed or damaged */
export async function readKeys(dir: string): Promise<HospitalKeys> {
  const accounts = await Promise.all(
    ACCOUNT_KEYS.map(async (name) => {
      const key = await readKeyFile(fileOf(dir, name))
      return [name, { key, signer: keySigner(key) }] as const
    }),
  )
  const proxySecret = await readKeyFile(fileOf(dir, 'proxy'))
  return {
    accounts: Object.fromEntries(accounts) as HospitalKeys['accounts'],
    proxySecret,
    proxyKey: publicKey(proxySecret),
    storageKey: await readKeyFile(fileOf(dir, 'storage')),
  }
}

export function addressesOf({ accounts, proxyKey }: HospitalKeys): HospitalAddresses {
  return {
    operator: accounts.operator.signer.address,
    anchor: accounts.anchor.signer.address,
    relay: accounts.relay.signer.address,
    receipt: accounts.receipt.signer.address,
    proxyKeyDigest: keyDigest(proxyKey),
  }
}
