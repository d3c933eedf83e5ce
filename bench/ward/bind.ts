import { randomBytes } from 'node:crypto'
import type { KnownHospital } from '@hygeia/dapp/hospital/known'
import { once, signStatement } from '@hygeia/dapp/hospital/statement'
import { labelKey } from '@hygeia/dapp/patient/label-keys'
import type { Patient } from '@hygeia/dapp/patient/patient'
import { type Address, toHex } from '@hygeia/protocol/ids'
import { formatLabel, monthOf, monthsFrom } from '@hygeia/protocol/label'
import { encodeLabelKeys, type LabelKey, signLabelKeys } from '@hygeia/protocol/label-keys/label-keys'
import { BIND_DEVICE } from '@hygeia/protocol/typed-data/chain'
import { digestOf } from '@hygeia/protocol/typed-data/domain'
import { DAY_MS, type UnixMs } from '@hygeia/protocol/units'
import { nativeSigner } from '../fleet.ts'

/** How far back a device's data may begin. */
const LABELS_BACK_MS = 35 * DAY_MS

/** A new device bound to a patient on the chain. @returns its secret signing key */
export async function bindDevice(known: KnownHospital, patient: Patient): Promise<Uint8Array> {
  const key = randomBytes(32)
  const signer = nativeSigner(key)
  const { address } = patient.identity.signer
  const message = { device: signer.address, patient: address, ...once(known) }
  await known.client.relay({
    kind: 'bind-device',
    message,
    deviceSignature: toHex(signer.sign(digestOf(known.realm, BIND_DEVICE, message))),
    patientSignature: signStatement(patient.identity, known, BIND_DEVICE, message),
  })
  return key
}

/** The patient's keys of vitals for every month in which a device's data may lie. */
export function vitalsKeys(patient: Patient): readonly LabelKey[] {
  const now = Date.now() as UnixMs
  return monthsFrom(monthOf((now - LABELS_BACK_MS) as UnixMs), 3)
    .filter((month) => month <= monthOf(now))
    .map((month) => labelKey(patient, formatLabel({ category: 'vitals', month, generation: 0 })))
}

export async function giveLabelKeys(
  { realm }: Pick<KnownHospital, 'realm'>,
  { identity, account }: Patient,
  device: Address,
  keys: readonly LabelKey[],
): Promise<void> {
  const statement = { patient: identity.signer.address, device, serial: 1, keys }
  await account.putLabelKeys(device, encodeLabelKeys(signLabelKeys(realm, statement, identity.signer)))
}
