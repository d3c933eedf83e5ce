import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import type { KnownHospital } from '@hygeia/dapp/hospital/known'
import { once, signStatement } from '@hygeia/dapp/hospital/statement'
import { type Patient, patientAt, registerPatient } from '@hygeia/dapp/patient/patient'
import { PatientState } from '@hygeia/dapp/patient/state'
import { type Physician, physicianAt, registerPhysician } from '@hygeia/dapp/physician/physician'
import { toHex } from '@hygeia/protocol/ids'
import { formatLabel, type Label, monthOf } from '@hygeia/protocol/label'
import { encodeLabelKeys, signLabelKeys } from '@hygeia/protocol/label-keys/label-keys'
import { identityOf, wordsOf } from '@hygeia/protocol/seed/seed'
import type { Signer } from '@hygeia/protocol/signature'
import { BIND_DEVICE, SUSPEND_DEVICE } from '@hygeia/protocol/typed-data/chain'
import { digestOf } from '@hygeia/protocol/typed-data/domain'
import type { UnixMs } from '@hygeia/protocol/units'
import { Client } from '../../daemon/test/api/support/client.ts'
import { CAST, INCARNATION, LAST_SEQUENCE, seeded, type World } from '../../daemon/test/corpus/world.ts'
import { Consortium } from '../support/consortium.ts'
import type { HospitalProcess } from '../support/hospital.ts'
import { visit } from '../support/people.ts'
import { type RawBatch, RawDevice } from '../support/raw-device.ts'
import { until } from '../support/until.ts'
import { Ward } from './honest.ts'

/** Where the attacks happen, and who is there. */
export interface Stage {
  readonly dir: string
  /** Three, of which the first is the one that devices send to and that is attacked. */
  readonly hospitals: readonly HospitalProcess[]
  readonly hospital: HospitalProcess
  /** That one, as clients know it. */
  readonly known: KnownHospital
  /** Whose devices work through all of it. */
  readonly ward: Ward
  /** Somebody else, whom the attacks are about, a physician, and a device of theirs with batches that all hold. */
  readonly patient: Patient
  readonly physician: Physician
  readonly sample: Sample
  /** A physician who was admitted as well, and granted nothing. */
  readonly outsider: Physician
  /** Devices whose keys the attacker does or does not have, bound to a patient of their own. */
  readonly world: World
  readonly owner: Patient
  /** Of vitals, this month. */
  readonly label: Label
  /** Requests of nobody in particular. */
  readonly client: Client
}

export interface Sample {
  readonly device: RawDevice
  readonly batches: readonly [RawBatch, ...RawBatch[]]
}

const COUNT = 3
const SAMPLES = 3

/**
 * Three hospitals as they come out of the box, each with a geth and a Kubo, but for blocks of a second.
 *
 * @param dir - of its own
 * @param onJoined - told as each hospital is part of the consortium
 */
export async function setStage(dir: string, onJoined: (joined: number) => void): Promise<Stage> {
  await mkdir(dir, { recursive: true })
  const { hospitals } = await Consortium.start({
    ...{ dir, count: COUNT, periodSec: 1, logLevel: 'warn', apiLimits: {} },
    onJoined,
  })
  const [hospital] = hospitals
  if (hospital === undefined) throw new Error('a consortium of nobody')
  const [known, ...others] = (await Promise.all(hospitals.map((one) => visit(one)))) as [KnownHospital]
  const identity = () => identityOf(wordsOf(randomBytes(32)))
  const [honest, patient, owner] = Array.from({ length: 3 }, () =>
    patientAt(identity(), known, new PatientState(), others),
  ) as [Patient, Patient, Patient]
  const newPhysician = async () => {
    const physician = physicianAt(identity(), known, others)
    await registerPhysician(physician)
    const majority = hospitals.slice(0, Math.floor(COUNT / 2) + 1)
    await Promise.all(majority.map((one) => one.admit(physician.identity.signer.address)))
    return physician
  }
  const [reader, physician, outsider] = await Promise.all([
    newPhysician(),
    newPhysician(),
    newPhysician(),
    ...[honest, patient, owner].map((one) => registerPatient(one)),
  ])
  await Promise.all([CAST.device, CAST.other, CAST.suspended].map((signer) => bind(owner, signer)))
  const [sample] = await Promise.all([storedSample(patient, hospital), suspend(owner, CAST.suspended)])
  return {
    ...{ dir, hospitals, hospital, known, patient, physician, outsider, sample, owner, label: labelNow() },
    ward: await Ward.open(honest, reader, hospital),
    world: { realm: known.realm, hospital: known.hospital, now: Date.now() as UnixMs },
    client: new Client({ port: Number(new URL(hospital.endpoints.api).port), ca: await hospital.ca() }),
  }
}

/** Some batches of the patient that every hospital has a receipt for. */
async function storedSample(patient: Patient, hospital: HospitalProcess): Promise<Sample> {
  const device = await RawDevice.bind(patient, hospital, 'mqtt')
  device.connect()
  const batches: readonly RawBatch[] = Array.from({ length: SAMPLES }, () => device.seal())
  for (const batch of batches) await until('a batch is taken', () => device.deliver(batch))
  await device.finish()
  for (const { hospital: place } of patient.hospitals) {
    for (const { cid } of batches) await until('a hospital holds it', () => place.client.receipt(cid))
  }
  return { device, batches: batches as Sample['batches'] }
}

const labelNow = () =>
  formatLabel({ category: 'vitals', month: monthOf(Date.now() as UnixMs), generation: 0 })

/** Bind a device whose key is known here, with one label key that nobody has the secret of. */
async function bind(owner: Patient, device: Signer): Promise<void> {
  const { identity, hospital, account } = owner
  const { signer } = identity
  const message = { device: device.address, patient: signer.address, ...once(hospital) }
  await hospital.client.relay({
    kind: 'bind-device',
    message,
    deviceSignature: toHex(device.sign(digestOf(hospital.realm, BIND_DEVICE, message))),
    patientSignature: signStatement(identity, hospital, BIND_DEVICE, message),
  })
  const keys = [{ label: labelNow(), publicKey: seeded('label key', 33) }]
  const unsigned = { patient: signer.address, device: device.address, serial: 1, keys }
  await until('the hospital knows the device', async () => {
    await account.putLabelKeys(
      device.address,
      encodeLabelKeys(signLabelKeys(hospital.realm, unsigned, signer)),
    )
    return true
  })
}

async function suspend({ identity, hospital }: Patient, { address }: Signer): Promise<void> {
  const last = { device: address, incarnation: INCARNATION, lastSequence: LAST_SEQUENCE }
  const message = { ...last, patient: identity.signer.address, ...once(hospital) }
  const signature = signStatement(identity, hospital, SUSPEND_DEVICE, message)
  await hospital.client.relay({ kind: 'suspend-device', message, signature })
}

/** How often a door has refused something for this reason. */
export async function refusals({ client }: Stage, door: string, reason: string): Promise<number> {
  const { bytes } = await client.ask('/metrics')
  const line = new RegExp(`^hygeia_refusals_total\\{door="${door}",reason="${reason}"\\} (\\d+)`, 'm')
  return Number(line.exec(bytes.toString())?.[1] ?? 0)
}
