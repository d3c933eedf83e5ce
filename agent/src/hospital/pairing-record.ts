import { readFile } from 'node:fs/promises'
import type { Address } from '@hygeia/protocol/ids'
import { fromHex, type Hex, toHex } from '@hygeia/protocol/ids'
import {
  decodeLabelKeys,
  encodeLabelKeys,
  type SignedLabelKeys,
} from '@hygeia/protocol/label-keys/label-keys'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import { writeAtomic } from '@hygeia/runtime/atomic-write'
import { parseConfig } from '@hygeia/runtime/config-file'
import { RuntimeError } from '@hygeia/runtime/errors'
import * as z from 'zod'
import { RealmAnswer } from './realm.ts'

/** A hospital as this device pinned it at pairing. */
export interface PinnedHospital {
  readonly hospital: Address
  /** Address of the key that signs its receipts and refusals. */
  readonly receiptKey: Address
  /** HTTPS origin. */
  readonly api: string
  /** CA certificate, PEM. */
  readonly ca: string
  readonly mqtt: string | undefined
  readonly coap: string | undefined
  readonly periodSec: number
}

/** Everything that pairing established; written once, as a whole. */
export interface PairingRecord {
  readonly realm: Realm
  readonly patient: Address
  readonly device: Address
  readonly hospitals: readonly PinnedHospital[]
  readonly labelKeys: SignedLabelKeys
}

const { directory, genesis, hospital, receiptKey, chainId, periodSec, mqtt, coap } = RealmAnswer.shape

/** A pinned hospital as it lies on the disk. */
export const StoredHospital = z
  .strictObject({
    hospital,
    receiptKey,
    api: z.url({ protocol: /^https$/ }),
    ca: z.string().startsWith('-----BEGIN CERTIFICATE-----'),
    mqtt,
    coap,
    periodSec,
  })
  .transform((one): PinnedHospital => ({ ...one, mqtt: one.mqtt ?? undefined, coap: one.coap ?? undefined }))

const Stored = z.strictObject({
  version: z.literal(1),
  realm: z.strictObject({ chainId, directory, genesis }),
  patient: hospital,
  device: hospital,
  hospitals: z.array(StoredHospital).min(1),
  labelKeys: z.string().regex(/^0x([0-9a-f]{2})+$/),
})

/** @returns undefined when the device was never paired @throws {RuntimeError} when the file is damaged */
export async function readPairing(path: string): Promise<PairingRecord | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw new RuntimeError(`cannot read ${path}`, { code: 'FILE_UNREADABLE', path }, { cause })
  }
  const { realm, patient, device, hospitals, labelKeys } = parseConfig(path, text, Stored)
  return {
    realm,
    patient,
    device,
    hospitals,
    labelKeys: decodeLabelKeys(fromHex(labelKeys)),
  }
}

export async function writePairing(path: string, record: PairingRecord): Promise<void> {
  const { realm, patient, device, hospitals, labelKeys } = record
  const stored: z.input<typeof Stored> = {
    version: 1,
    realm,
    patient,
    device,
    hospitals: [...hospitals],
    labelKeys: toHex(encodeLabelKeys(labelKeys)) satisfies Hex,
  }
  await writeAtomic(path, `${JSON.stringify(stored, undefined, 2)}\n`)
}
