import { identityOf, wordsOf } from '@hygeia/protocol/seed/seed'
import { DAY_MS, HOUR_MS, type UnixMs } from '@hygeia/protocol/units'
import { type Clock, hostClock } from '../../src/clock.ts'
import { HospitalClient } from '../../src/hospital/client.ts'
import { type KnownHospital, know } from '../../src/hospital/known.ts'
import {
  checkPhysician,
  type Granted,
  type GrantTerms,
  giveGrant,
  labelsOf,
} from '../../src/patient/grant.ts'
import { awaitOffer, beginPairing, completePairing } from '../../src/patient/pair.ts'
import { type Patient, patientAt, registerPatient } from '../../src/patient/patient.ts'
import { PatientState } from '../../src/patient/state.ts'
import { type OpenOptions, openGrant } from '../../src/physician/open.ts'
import type { Opened } from '../../src/physician/opening.ts'
import { type Physician, physicianAt, registerPhysician } from '../../src/physician/physician.ts'
import { randomBytes } from '../../src/random.ts'
import { type ChainOptions, Consortium } from './consortium.ts'
import { type Sealed, TestDevice, vitals } from './device.ts'
import { BASE, HospitalDouble } from './hospital.ts'

/** A consortium with hospitals to talk to, and people who come to it. */
export class World {
  readonly consortium: Consortium
  readonly hospitals: readonly HospitalDouble[]
  readonly now: UnixMs = Date.now() as UnixMs

  private constructor(consortium: Consortium) {
    this.consortium = consortium
    this.hospitals = consortium.hospitals.map((keys) => new HospitalDouble(consortium, keys))
  }

  static async start(hospitals = 1, chain: ChainOptions = {}): Promise<World> {
    return new World(await Consortium.start(hospitals, chain))
  }

  get hospital(): HospitalDouble {
    const [first] = this.hospitals
    if (first === undefined) throw new Error('no hospital')
    return first
  }

  stop(): Promise<void> {
    return this.consortium.stop()
  }

  known(hospital = this.hospital, clock: Clock = hostClock): Promise<KnownHospital> {
    return know(new HospitalClient({ base: BASE, fetch: hospital.fetch, clock }))
  }

  /** The hospitals beside the first. */
  async others(): Promise<readonly KnownHospital[]> {
    return Promise.all(this.hospitals.slice(1).map((hospital) => this.known(hospital)))
  }

  /** A registered patient. */
  async patient(): Promise<Patient> {
    const identity = identityOf(wordsOf(randomBytes(32)))
    const patient = patientAt(identity, await this.known(), new PatientState(), await this.others())
    await registerPatient(patient)
    return patient
  }

  /** A registered and admitted physician. */
  async physician(): Promise<Physician> {
    const identity = identityOf(wordsOf(randomBytes(32)))
    const physician = physicianAt(identity, await this.known(), await this.others())
    await registerPhysician(physician)
    await this.consortium.admit(physician.identity.signer.address)
    return physician
  }

  /** A device that the patient has paired. */
  async device(patient: Patient, bootedAt = (this.now - 3 * DAY_MS) as UnixMs): Promise<TestDevice> {
    const device = new TestDevice(this.consortium.realm, bootedAt)
    const pairing = await beginPairing(patient)
    this.hospital.putOffer(pairing.mailbox, device.offer(pairing.text))
    const offer = await awaitOffer(patient, pairing, AbortSignal.timeout(60_000))
    await completePairing(patient, pairing, offer)
    device.labelKeys = this.hospital.labelKeysOf(device.signer.address)
    return device
  }

  /** Seal minutes of vitals and have every hospital hold them. */
  hold(device: TestDevice, from: UnixMs, minutes: number): readonly string[] {
    return [...vitals(device, from, minutes)].map((samples) => this.keep(device.seal(samples)))
  }

  keep({ block, cid }: Sealed): string {
    const [name = ''] = this.hospitals.map((hospital) => hospital.shelf.store(block, cid))
    return name
  }

  /** All vitals from two days ago to tomorrow, for a week. */
  async grant(
    patient: Patient,
    physician: Physician,
    dealt: Pick<GrantTerms, 'proxies' | 'threshold'> = {},
  ): Promise<Granted> {
    const range = { dataFrom: (this.now - 2 * DAY_MS) as UnixMs, dataTo: (this.now + DAY_MS) as UnixMs }
    return giveGrant(patient, {
      physician: await checkPhysician(patient, physician.identity.signer.address),
      labels: labelsOf(patient.state.generations, range, ['vitals']),
      ...range,
      ...dealt,
      accessTo: (this.now + 7 * DAY_MS) as UnixMs,
    })
  }

  async open(physician: Physician, granted: Granted, options: OpenOptions = {}): Promise<readonly Opened[]> {
    const range = { from: (this.now - 2 * DAY_MS) as UnixMs, to: (this.now + HOUR_MS) as UnixMs }
    const opened: Opened[] = []
    for await (const item of openGrant(physician, granted, range, options)) opened.push(item)
    return opened
  }
}
