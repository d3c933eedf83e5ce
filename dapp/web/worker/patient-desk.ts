import type { Clock } from '@hygeia/dapp/clock'
import type { DeviceState } from '@hygeia/dapp/hospital/answers'
import { OwnDevice } from '@hygeia/dapp/manual/own-device'
import { auditOf } from '@hygeia/dapp/patient/audit'
import { eraseData } from '@hygeia/dapp/patient/erase'
import {
  type CheckedPhysician,
  checkPhysician,
  checkReader,
  giveGrant,
  labelsOf,
} from '@hygeia/dapp/patient/grant'
import { listGrants, refresh } from '@hygeia/dapp/patient/grants'
import {
  awaitOffer,
  beginPairing,
  completePairing,
  type Pairing,
  wordsOfPairing,
} from '@hygeia/dapp/patient/pair'
import { type Patient, patientAt, registerPatient } from '@hygeia/dapp/patient/patient'
import { revokeGrant } from '@hygeia/dapp/patient/revoke'
import { loadState, type PatientState, type StateStore, saveState } from '@hygeia/dapp/patient/state'
import { type Address, addressOf, type Hex32 } from '@hygeia/protocol/ids'
import { parseLabel } from '@hygeia/protocol/label'
import type { PairingOffer } from '@hygeia/protocol/pairing/offer'
import type { UnixMs } from '@hygeia/protocol/units'
import type { Database } from '../store/database.ts'
import { forgetBlocks } from '../store/forget.ts'
import { ownDeviceStore } from '../store/own-device.ts'
import type { HomeHospital } from './home-hospital.ts'
import type {
  AuditEntryLine,
  Dealt,
  Erased,
  GrantLine,
  HospitalLine,
  OwnedDevice,
  Registration,
  Terms,
} from './patient-lines.ts'
import type { Open } from './vault.ts'

/** What a patient does at the hospital: every act is signed here, and none twice. */
export class PatientDesk {
  readonly #open: Open
  readonly #home: HomeHospital
  readonly #store: StateStore
  readonly #database: Database
  #patient: Promise<Patient> | undefined
  #state: Promise<PatientState> | undefined
  #pairing: { readonly pairing: Pairing; readonly ended: AbortController; offer?: PairingOffer } | undefined
  #physician: CheckedPhysician | undefined
  /** Acts under way, by name: a second click waits for the first. */
  readonly #underWay = new Map<string, Promise<unknown>>()

  constructor(open: Open, home: HomeHospital, database: Database) {
    this.#open = open
    this.#home = home
    this.#database = database
    this.#store = {
      read: () => database.get('kept', 'patient-state'),
      write: async (text) => {
        await database.put('kept', text, 'patient-state')
      },
    }
  }

  /** The patient at the hospital. @throws {HospitalError} when it is away */
  patient(): Promise<Patient> {
    const asked = this.#patient ?? this.#enter()
    this.#patient = asked
    asked.catch(() => {
      if (this.#patient === asked) this.#patient = undefined
    })
    return asked
  }

  /** What is remembered of permissions and keys; the one object that all acts change. */
  state(): Promise<PatientState> {
    this.#state ??= loadState(this.#store, this.#open.entropy)
    return this.#state
  }

  /** The patient's browser as a device: needs no hospital to enter something. */
  async ownDevice(clock: Clock): Promise<OwnDevice> {
    const { identity, entropy } = this.#open
    return new OwnDevice({
      identity,
      state: await this.state(),
      realm: await this.#home.realm(),
      clock,
      entropy,
      store: ownDeviceStore(this.#database),
      patient: () => this.patient(),
    })
  }

  async registration(): Promise<Registration> {
    const { hospital, identity } = await this.patient()
    const isRegistered = await hospital.directory.isPatient(identity.signer.address)
    return { isRegistered, hospital: hospital.hospital, clockAheadMs: this.#home.clockAheadMs }
  }

  register(): Promise<void> {
    return this.#act('register', async (patient) => {
      await registerPatient(patient)
    })
  }

  /** The consortium, as this browser gets to it; whom one asks first comes first. */
  async hospitals(): Promise<readonly HospitalLine[]> {
    const { home, others, unreached } = await this.#home.reached()
    const lines = [home, ...others].map(({ hospital, client }) => ({
      hospital,
      host: new URL(client.transport.base).host,
      isAway: client.wasAway,
    }))
    return [...lines, ...unreached.map((hospital) => ({ hospital, host: undefined, isAway: true }))]
  }

  async devices(): Promise<readonly OwnedDevice[]> {
    const { account, identity } = await this.patient()
    const isOwn = ({ device }: DeviceState) => device === identity.ownDevice.address
    return (await account.devices()).map((device) => ({ ...device, isEnteredByHand: isOwn(device) }))
  }

  /** @returns the enrolment for one device, and when it runs out, ms */
  async beginPairing(): Promise<{ readonly text: string; readonly expires: number }> {
    this.cancelPairing()
    const pairing = await beginPairing(await this.patient())
    this.#pairing = { pairing, ended: new AbortController() }
    return { text: pairing.text, expires: pairing.enrolment.expires }
  }

  /** Wait for the device. @returns its address and six words that it shows too */
  async awaitDevice(): Promise<{ readonly device: Address; readonly words: readonly string[] }> {
    const begun = this.#begun()
    const offer = await awaitOffer(await this.patient(), begun.pairing, begun.ended.signal)
    begun.offer = offer
    return { device: offer.device, words: wordsOfPairing(begun.pairing, offer) }
  }

  /** Bind the device whose words were compared. */
  completePairing(): Promise<Address> {
    return this.#act('pair', async (patient) => {
      const { pairing, offer } = this.#begun()
      if (offer === undefined) throw new Error('no device has answered')
      const { device } = await completePairing(patient, pairing, offer)
      this.#pairing = undefined
      return device
    })
  }

  cancelPairing(): void {
    this.#pairing?.ended.abort()
    this.#pairing = undefined
  }

  /**
   * @param isForFamily - somebody whom the patient knows, and whom no hospital has to admit
   * @returns fingerprint of the physician's key, to compare outside of the hospital
   */
  async checkPhysician(
    account: string,
    isForFamily: boolean,
  ): Promise<{ physician: Address; fingerprint: string }> {
    const check = isForFamily ? checkReader : checkPhysician
    const checked = await check(await this.patient(), addressOf(account.trim()))
    this.#physician = checked
    return { physician: checked.physician, fingerprint: checked.fingerprint }
  }

  /** Let the physician in whose fingerprint was shown. */
  grant({
    physician,
    categories,
    dataFrom,
    dataTo,
    accessTo,
    emergencyMs,
    isForFamily,
  }: Terms): Promise<Dealt> {
    return this.#act(`grant ${physician}`, async (patient) => {
      const checked = this.#physician
      if (checked?.physician !== physician) throw new Error('the fingerprint was not shown')
      const range = { dataFrom: dataFrom as UnixMs, dataTo: dataTo as UnixMs }
      const labels = labelsOf(patient.state.generations, range, categories)
      const terms = {
        physician: checked,
        labels,
        ...range,
        accessTo: accessTo as UnixMs,
        ...(emergencyMs !== undefined && { emergencyMs }),
        ...(isForFamily && { isForFamily }),
      }
      const { grant, hash, undelivered } = await giveGrant(patient, terms)
      return {
        hash,
        threshold: grant.threshold,
        of: grant.proxies.length,
        undelivered: undelivered.length,
        isForEmergencies: emergencyMs !== undefined,
      }
    })
  }

  async grants(): Promise<readonly GrantLine[]> {
    const patient = await this.patient()
    await refresh(patient)
    await this.#save(patient)
    return (await listGrants(patient)).map(({ hash, grant, state }) => ({
      hash,
      physician: grant.physician,
      categories: [...new Set(grant.labels.map(({ label }) => parseLabel(label).category))],
      dataFrom: grant.dataFrom,
      dataTo: grant.dataTo,
      accessTo: grant.accessTo,
      isForEmergencies: grant.emergencyMs !== undefined,
      isForFamily: grant.isForFamily === true,
      state,
    }))
  }

  /** @returns hospitals that did not hear of it from us, and physicians who could not be dealt to again */
  revoke(hash: Hex32): Promise<{ readonly untold: number; readonly notRedealt: readonly Address[] }> {
    return this.#act(`revoke ${hash}`, async (patient) => {
      const { untold, notRedealt } = await revokeGrant(patient, hash)
      return { untold: untold.length, notRedealt: notRedealt.map(({ physician }) => physician) }
    })
  }

  /** Have every hospital, and this browser, delete what was taken in a range of time, ms since the Unix epoch. */
  erase(from: number, to: number): Promise<Erased> {
    return this.#act('erase', async (patient) => {
      const { erased, untold } = await eraseData(patient, { from: from as UnixMs, to: to as UnixMs })
      await forgetBlocks(this.#database, from, to)
      return { hospitals: erased, untold: untold.map(({ hospital }) => hospital) }
    })
  }

  /** Who asked for what, and the answer, newest first. */
  async audit(): Promise<readonly AuditEntryLine[]> {
    const lines: AuditEntryLine[] = []
    for await (const { entry, proof } of auditOf(await this.patient(), { onUnheard: () => {} })) {
      const { hospital, index, at, event, grant, physician, batches, reason } = entry
      lines.push({ hospital, index, at, event, grant, physician, batches, reason, proof })
    }
    return lines.reverse()
  }

  async #enter(): Promise<Patient> {
    const { home, others } = await this.#home.reached()
    return patientAt(this.#open.identity, home, await this.state(), others)
  }

  /** Do something once, and keep what it taught, also when it fails half-way. */
  #act<T>(name: string, act: (patient: Patient) => Promise<T>): Promise<T> {
    const doing = (this.#underWay.get(name) as Promise<T> | undefined) ?? this.#once(name, act)
    this.#underWay.set(name, doing)
    return doing
  }

  async #once<T>(name: string, act: (patient: Patient) => Promise<T>): Promise<T> {
    try {
      const patient = await this.patient()
      try {
        return await act(patient)
      } finally {
        await this.#save(patient)
      }
    } finally {
      this.#underWay.delete(name)
    }
  }

  #save({ state }: Patient): Promise<void> {
    return saveState(this.#store, this.#open.entropy, state)
  }

  #begun() {
    if (this.#pairing === undefined) throw new Error('no pairing was begun')
    return this.#pairing
  }
}
