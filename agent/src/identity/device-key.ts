import { hkdfSync } from 'node:crypto'
import { keySigner, type Signer } from '@hygeia/protocol/signature'
import { readKeyFile } from '@hygeia/runtime/key-file'

/** What a device is: its account, and what it keeps its own files under. */
export interface DeviceIdentity {
  readonly signer: Signer
  /** 32 bytes; for what lies unsealed on this device's disk. */
  readonly atRestKey: Uint8Array
}

/** @throws {RuntimeError} when the key file is missing, exposed or damaged */
export async function readIdentity(signingKeyFile: string): Promise<DeviceIdentity> {
  const key = await readKeyFile(signingKeyFile)
  return identityOf(key)
}

/** @param key - 32 bytes */
export function identityOf(key: Uint8Array): DeviceIdentity {
  const atRestKey = new Uint8Array(hkdfSync('sha256', key, new Uint8Array(), 'hygeia/agent/at-rest/1', 32))
  return { signer: keySigner(key), atRestKey }
}
