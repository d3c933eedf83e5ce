import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { KnownHospital } from '@hygeia/dapp/hospital/known'
import { once, signStatement } from '@hygeia/dapp/hospital/statement'
import { type Patient, registerPatient } from '@hygeia/dapp/patient/patient'
import { type Physician, registerPhysician } from '@hygeia/dapp/physician/physician'
import { toHex } from '@hygeia/protocol/ids'
import { formatLabel, type Label, monthOf } from '@hygeia/protocol/label'
import { encodeLabelKeys, signLabelKeys } from '@hygeia/protocol/label-keys/label-keys'
import type { Signer } from '@hygeia/protocol/signature'
import { BIND_DEVICE, SUSPEND_DEVICE } from '@hygeia/protocol/typed-data/chain'
import { digestOf } from '@hygeia/protocol/typed-data/domain'
import type { UnixMs } from '@hygeia/protocol/units'
import { Client } from '../../daemon/test/api/support/client.ts'
import { CAST, INCARNATION, LAST_SEQUENCE, seeded, type World } from '../../daemon/test/corpus/world.ts'
import { HospitalProcess } from '../support/hospital.ts'
import { newPatient, newPhysician, visit } from '../support/people.ts'
import { steadyPorts } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { Ward } from './honest.ts'

/** Where the attacks happen, and who is there. */
export interface Stage {
  readonly dir: string
  readonly hospital: HospitalProcess
  readonly known: KnownHospital
  /** Whose devices work through all of it. */
  readonly ward: Ward
  /** Somebody else, whom the attacks are about, and a physician. */
  readonly patient: Patient
  readonly physician: Physician
  /** What is known of devices whose keys the attacker does or does not have; bound to a patient of their own. */
  readonly world: World
  readonly owner: Patient
  /** Of vitals, this month. */
  readonly label: Label
  /** Requests of nobody in particular. */
  readonly client: Client
}

/** A hospital as it comes out of the box, but for blocks of a second. @param dir - of its own */
export async function setStage(dir: string): Promise<Stage> {
  await mkdir(dir, { recursive: true })
  const hospital = await HospitalProcess.init({
    dir: join(dir, 'hospital'),
    periodSec: 1,
    logLevel: 'warn',
    ports: await steadyPorts(),
  })
  hospital.launch()
  await hospital.ready()
  const known = await visit(hospital)
  const [honest, patient, owner] = [newPatient(known), newPatient(known), newPatient(known)]
  const [reader, physician] = [newPhysician(known), newPhysician(known)]
  const admitted = [reader, physician].map(async (one) => {
    await registerPhysician(one)
    await hospital.admit(one.identity.signer.address)
  })
  await Promise.all([...admitted, ...[honest, patient, owner].map((one) => registerPatient(one))])
  await Promise.all([CAST.device, CAST.other, CAST.suspended].map((signer) => bind(owner, signer)))
  await suspend(owner, CAST.suspended)
  return {
    ...{ dir, hospital, known, patient, physician, owner, label: labelNow() },
    ward: await Ward.open(honest, reader, hospital),
    world: { realm: known.realm, hospital: known.hospital, now: Date.now() as UnixMs },
    client: new Client({ port: Number(new URL(hospital.endpoints.api).port), ca: await hospital.ca() }),
  }
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
