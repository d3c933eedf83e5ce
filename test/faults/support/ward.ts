import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { KnownHospital } from '@hygeia/dapp/hospital/known'
import type { Granted } from '@hygeia/dapp/patient/grant'
import { type Patient, patientAt, registerPatient } from '@hygeia/dapp/patient/patient'
import { PatientState } from '@hygeia/dapp/patient/state'
import { Conduct } from '@hygeia/dapp/physician/conduct'
import { openGrant } from '@hygeia/dapp/physician/open'
import { physicianAt, registerPhysician } from '@hygeia/dapp/physician/physician'
import { type Identity, identityOf, wordsOf } from '@hygeia/protocol/seed/seed'
import { HOUR_MS, type UnixMs } from '@hygeia/protocol/units'
import type { Test } from 'tap'
import { Consortium } from '../../support/consortium.ts'
import type { HospitalProcess } from '../../support/hospital.ts'
import { readingsIn } from '../../support/opened.ts'
import { OwnNetworks } from '../../support/own-networks.ts'
import { type RawBatch, RawDevice } from '../../support/raw-device.ts'
import type { Reading } from '../../support/readings.ts'
import { grantSpan, testFolder } from '../../support/scene.ts'
import { until } from '../../support/until.ts'

/** From batch to batch on each of a device's four lanes. */
const EVERY_MS = 2_000
/** A client waits for a hospital that says nothing, ms. */
const patience = { limitMs: () => 10_000, hedgeMs: () => 2_000 }

export type Three<T> = readonly [T, T, T]

export interface WardOptions {
  /** Folder of each hospital-to-be, for what has to be there before it is. */
  readonly prepare?: (dirs: Three<string>) => Promise<void>
}

/** Three hospitals on real engines, each in a network of its own; a patient with a device at each, and a physician whom two of three may open it all for. */
export interface Ward {
  readonly networks: OwnNetworks
  readonly hospitals: Three<HospitalProcess>
  readonly known: Three<KnownHospital>
  readonly patient: Patient
  readonly physician: Identity
  readonly granted: Granted
  /** By hospital that each sends to. */
  readonly devices: Three<RawDevice>
}

export async function openWard(t: Test, { prepare }: WardOptions = {}): Promise<Ward> {
  const dir = await testFolder(t)
  const networks = await OwnNetworks.make(3)
  t.teardown(() => networks[Symbol.asyncDispose]())
  await prepare?.([join(dir, '1'), join(dir, '2'), join(dir, '3')])
  const consortium = await Consortium.start({ dir, count: 3, periodSec: 1, network: networks })
  t.teardown(() => consortium[Symbol.asyncDispose]())
  const hospitals = three(consortium.hospitals)
  const known = three(await consortium.known())
  const [home, ...others] = known
  const patient = patientAt(newIdentity(), home, new PatientState(), others)
  const physician = newIdentity()
  await registerPatient(patient)
  await registerPhysician(physicianAt(physician, home, others))
  for (const hospital of hospitals.slice(0, 2)) await hospital.admit(physician.signer.address)
  const now = Date.now()
  const granted = await grantSpan(
    { patient, physician: physicianAt(physician, home, others) },
    { from: (now - HOUR_MS) as UnixMs, to: (now + HOUR_MS) as UnixMs },
  )
  const devices: RawDevice[] = []
  for (const hospital of hospitals) devices.push(await RawDevice.bind(patient, hospital, 'mqtt'))
  for (const device of devices) {
    device.start(EVERY_MS)
    const isTaken = async () => device.acknowledged.length > 2
    await until('a device is heard', isTaken).catch((cause: unknown) => {
      throw new Error(`a device is not heard: ${device.lastFault}`, { cause })
    })
  }
  return { networks, hospitals, known, patient, physician, granted, devices: three(devices) }
}

export interface Read {
  /** In what it differs from what devices sent. */
  readonly differing: readonly string[]
  /** Hospitals that did not do their part, and what was wrong. */
  readonly conduct: Conduct['report']
}

/** Read `batches` as a client that was only now started, and compare. @param at - hospitals by whose lists it goes, the first as its own */
export async function readBatches(
  { physician, granted }: Ward,
  batches: readonly RawBatch[],
  at: readonly KnownHospital[],
): Promise<Read> {
  const [home, ...others] = at
  if (home === undefined) throw new Error('reading takes a hospital')
  const conduct = new Conduct()
  const instants = batches.map(({ at: instant }) => instant)
  const range = { from: Math.min(...instants) as UnixMs, to: (Math.max(...instants) + 1) as UnixMs }
  const values = new Map<string, Reading>()
  const faults: string[] = []
  for await (const opened of openGrant(physicianAt(physician, home, others), granted, range, {
    conduct,
    patience,
  })) {
    if (opened.fault !== undefined) faults.push(`${opened.cid}: ${opened.fault.code}`)
    else for (const [name, value] of readingsIn(opened)) values.set(name, value)
  }
  const wrong = batches.flatMap(({ sequence, reading: { name, value } }) => {
    const read = values.get(name)
    return read === value ? [] : [`batch ${sequence} is ${read}, not ${value}`]
  })
  return { differing: [...wrong, ...faults], conduct: conduct.report }
}

/** Device and sequence of every batch of the patient that a hospital lists. */
export async function listedAt(
  { patient: { identity } }: Ward,
  hospital: KnownHospital,
): Promise<readonly string[]> {
  const { account } = patientAt(identity, hospital, new PatientState())
  const listed: string[] = []
  let cursor: string | undefined
  do {
    const page = await account.batches({ from: 0 as UnixMs, to: (Date.now() + HOUR_MS) as UnixMs, cursor })
    for (const { device, sequence } of page.batches) listed.push(`${device} ${sequence}`)
    cursor = page.next
  } while (cursor !== undefined)
  return listed
}

export function three<T>(all: readonly T[]): Three<T> {
  const [first, second, third, ...more] = all
  if (first === undefined || second === undefined || third === undefined || more.length > 0) {
    throw new Error(`three, not ${all.length}`)
  }
  return [first, second, third]
}

const newIdentity = () => identityOf(wordsOf(randomBytes(32)))
