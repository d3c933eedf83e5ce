import { CATEGORIES } from '@hygeia/protocol/channel'
import { type Address, parseAddress } from '@hygeia/protocol/ids'
import { type Label, type Month, monthOf, monthsFrom, parseLabel } from '@hygeia/protocol/label'
import {
  areLabelKeysSigned,
  decodeLabelKeys,
  encodeLabelKeys,
  type LabelKey,
  type SignedLabelKeys,
  signLabelKeys,
} from '@hygeia/protocol/label-keys/label-keys'
import { publicKey } from '@hygeia/protocol/umbral/keys'
import type { UnixMs } from '@hygeia/protocol/units'
import { everywhere } from '../hospital/everywhere.ts'
import { recoverSigner } from '../recover.ts'
import { PatientError } from './errors.ts'
import type { Patient } from './patient.ts'

/** Months that a device can seal ahead of now. */
export const MONTHS_AHEAD = 24
/** Past months kept in the document, so that the newest one also remembers their generations. */
const MONTHS_BEHIND = 12

/** Month that is `count` after `month`; before it when negative. */
export function shiftMonth(month: Month, count: number): Month {
  const [year = 0, number = 1] = month.split('-').map(Number)
  return monthOf(Date.UTC(year, number - 1 + count) as UnixMs)
}

/**
 * Months that a device may still seal under, oldest first: the last one too, because a device that was off or has
 * not found its clock may be behind.
 */
export function sealingMonths(now: UnixMs): readonly Month[] {
  return monthsFrom(shiftMonth(monthOf(now), -1), MONTHS_AHEAD + 2)
}

/** Public key of one of the patient's labels. */
export function labelKey({ identity }: Pick<Patient, 'identity'>, label: Label): LabelKey {
  return { label, publicKey: publicKey(identity.labelSecret(label)) }
}

/**
 * Learn the newest label keys that the hospital holds for a device: serial and generations.
 *
 * @returns undefined when there are none
 * @throws {PatientError} `LABEL_KEYS_FORGED` when the patient never signed them
 */
export async function learnLabelKeys(
  patient: Patient,
  device: Address,
): Promise<SignedLabelKeys | undefined> {
  let newest: SignedLabelKeys | undefined
  await everywhere(patient.hospitals, async ({ account }) => {
    const bytes = await account.labelKeys(device)
    const held = bytes === undefined ? undefined : learn(patient, device, bytes)
    if (held !== undefined && held.serial > (newest?.serial ?? 0)) newest = held
  })
  return newest
}

/** One hospital's word on a device's label keys. */
function learn({ identity, hospital, state }: Patient, device: Address, bytes: Uint8Array): SignedLabelKeys {
  const held = decodeLabelKeys(bytes)
  const isOurs =
    held.patient === identity.signer.address &&
    held.device === device &&
    areLabelKeysSigned(hospital.realm, held, recoverSigner)
  if (!isOurs) {
    throw new PatientError(`the hospital shows label keys for ${device} that you never signed`, {
      code: 'LABEL_KEYS_FORGED',
      device,
    })
  }
  state.sawSerial(device, held.serial)
  for (const { label } of held.keys) state.generations.see(label)
  return held
}

/**
 * Sign the label keys that a device is to seal under from now on.
 *
 * @param held - the newest so far, whose past months are carried over
 * @param firstMonth - begin earlier than last month, for a device whose data begins there
 */
export function nextLabelKeys(
  { identity, hospital, state }: Patient,
  device: Address,
  held: SignedLabelKeys | undefined,
  firstMonth?: Month,
): SignedLabelKeys {
  const now = hospital.client.clock.now()
  const months = new Set(sealingMonths(now))
  const oldest = shiftMonth(monthOf(now), -MONTHS_BEHIND)
  const earlier = [...(held?.keys ?? []).map(({ label }) => parseLabel(label).month)]
  if (firstMonth !== undefined) earlier.push(...monthsFrom(firstMonth, MONTHS_BEHIND))
  for (const month of earlier) if (month >= oldest) months.add(month)
  const keys = [...months]
    .sort()
    .flatMap((month) => CATEGORIES.map((category) => state.generations.current(category, month)))
    .map((label) => labelKey({ identity }, label))
  const serial = (state.serials.get(device) ?? 0) + 1
  const signed = signLabelKeys(
    hospital.realm,
    { patient: identity.signer.address, device, serial, keys },
    identity.signer,
  )
  state.sawSerial(device, serial)
  return signed
}

export interface Renewed {
  readonly device: Address
  readonly serial: number
  /** Last month that the device can seal under. */
  readonly until: Month
}

/** Give every device of the patient, or those named, newer label keys. */
export async function renewLabelKeys(
  patient: Patient,
  only?: readonly Address[],
): Promise<readonly Renewed[]> {
  const devices = only ?? (await activeDevices(patient))
  const renewed: Renewed[] = []
  // What any device knows of generations is to reach all of them.
  const held = new Map<Address, SignedLabelKeys | undefined>()
  for (const device of devices) held.set(device, await learnLabelKeys(patient, device))
  for (const device of devices) {
    const signed = nextLabelKeys(patient, device, held.get(device))
    const encoded = encodeLabelKeys(signed)
    // To all of them: a device takes its keys from whichever hospital it talks to.
    await everywhere(patient.hospitals, ({ account }) => account.putLabelKeys(device, encoded))
    const last = signed.keys.at(-1)
    if (last === undefined) throw new Error('label keys without a month')
    renewed.push({ device, serial: signed.serial, until: parseLabel(last.label).month })
  }
  return renewed
}

/** Devices that the chain binds to the patient and that nobody has suspended. */
export async function activeDevices({ identity, hospital }: Patient): Promise<readonly Address[]> {
  const devices = await hospital.directory.devicesOf(identity.signer.address)
  const records = await Promise.all(devices.map((device) => hospital.directory.device(device)))
  return devices.filter((_, index) => records[index]?.status === 'bound').map(parseAddress)
}
