import { hostClock } from '@hygeia/dapp/clock'
import { breakGlass } from '@hygeia/dapp/physician/break-glass'
import type { Observed } from '@hygeia/dapp/physician/conduct'
import { PhysicianError } from '@hygeia/dapp/physician/errors'
import { receivedGrants } from '@hygeia/dapp/physician/grants'
import {
  type Physician,
  physicianAt,
  type Registered,
  registerPhysician,
} from '@hygeia/dapp/physician/physician'
import type { Grant } from '@hygeia/protocol/grant/grant'
import { fingerprint } from '@hygeia/protocol/grant/physician-key'
import type { Address, Hex32 } from '@hygeia/protocol/ids'
import { parseLabel } from '@hygeia/protocol/label'
import type { UnixMs } from '@hygeia/protocol/units'
import type { Database } from '../../store/database.ts'
import type { HomeHospital } from '../home-hospital.ts'
import type { Told } from '../told.ts'
import type { Open } from '../vault.ts'
import type { Bed } from './bed.ts'
import { type Exported, type ExportWish, exportSpan } from './export.ts'
import { NAME_LIMIT, type PhysicianMemory } from './memory.ts'
import type { PatientRow, SealedRow } from './patients.ts'
import { ACKNOWLEDGED_MS, Silences, SNOOZED_MS } from './silences.ts'
import { type Gone, Ward } from './ward.ts'

/** Whether the hospital lets the physician in, and what patients compare. */
export interface PhysicianStanding {
  readonly account: Address
  readonly status: Registered['status']
  /** Admitted, or somebody's family, whom no hospital has to admit. */
  readonly isLetIn: boolean
  /** Of the own key, to read out. */
  readonly fingerprint: string
  readonly clockAheadMs: number | undefined
}

/** Everything of all patients that a list shows. */
export interface WardView {
  /** Until the hospital was heard, these are the patients of last time. */
  readonly isHeard: boolean
  readonly patients: readonly PatientRow[]
  readonly gone: readonly (Gone & { readonly name: string | undefined })[]
  readonly sealed: readonly SealedRow[]
  /** What hospitals did that a physician should know of. */
  readonly conduct: readonly Observed[]
}

/** Which alarm. */
export interface AlarmName {
  readonly patient: Address
  readonly device: Address
  readonly cause: string
  readonly since: number
}

export interface PhysicianDeskDeps {
  readonly open: Open
  readonly home: HomeHospital
  readonly database: Database
  readonly memory: PhysicianMemory
  readonly tell: Told
}

/** What a physician does: every act is signed here, and none twice. */
export class PhysicianDesk {
  readonly #deps: PhysicianDeskDeps
  readonly #ward: Ward
  readonly #silences: Silences
  #physician: Physician | undefined
  #exporting: AbortController | undefined
  #registering: Promise<PhysicianStanding> | undefined
  readonly #breaking = new Map<Hex32, Promise<number>>()

  constructor(deps: PhysicianDeskDeps) {
    this.#deps = deps
    const { memory, database, tell, open } = deps
    this.#silences = new Silences(memory.silences)
    const physician = () => this.#enter()
    // What ends, ends by the hospital's time, also where this machine's clock is off.
    const now = () => (hostClock.now() - (deps.home.clockAheadMs ?? 0)) as UnixMs
    const clock = { ...hostClock, now }
    this.#ward = new Ward({ physician, memory, database, entropy: open.entropy, clock, tell })
  }

  /** @throws {HospitalError} when it is away */
  async standing(): Promise<PhysicianStanding> {
    const physician = await this.#enter()
    const { status } = await physician.hospital.directory.physician(physician.identity.signer.address)
    const { clockAheadMs } = this.#deps.home
    const isLetIn = status === 'active' || (status === 'registered' && (await isSomebodysFamily(physician)))
    return { ...this.card(), status, isLetIn, clockAheadMs }
  }

  /** Account and own key's fingerprint, which no hospital has to say. */
  card(): Pick<PhysicianStanding, 'account' | 'fingerprint'> {
    const { signer, receivingKey } = this.#deps.open.identity
    return { account: signer.address, fingerprint: fingerprint(receivingKey) }
  }

  register(): Promise<PhysicianStanding> {
    this.#registering ??= this.#register().finally(() => {
      this.#registering = undefined
    })
    return this.#registering
  }

  /** Open what stands, and follow it; again is no change. */
  open(): Promise<void> {
    return this.#ward.open()
  }

  /** Ask the hospital anew who lets one in. */
  refresh(): Promise<void> {
    return this.#ward.refresh()
  }

  ward(): WardView {
    const { beds, gone, received, conduct } = this.#ward
    const { names } = this.#deps.memory
    return {
      isHeard: received !== undefined,
      patients: [...beds.values()].map((bed) => this.#row(bed)),
      gone: [...gone.values()].map((one) => ({ ...one, name: names.get(one.patient) })),
      sealed: (received ?? [])
        .filter(({ state }) => state === 'sealed')
        .map(({ hash, grant }) => ({
          hash,
          patient: grant.patient,
          name: names.get(grant.patient),
          categories: categoriesOf([grant]),
          accessTo: grant.accessTo,
          lastsMs: grant.emergencyMs ?? 0,
        })),
      conduct: conduct.report,
    }
  }

  /** Readings of one patient. @throws {PhysicianError} `NOTHING_GRANTED` */
  async readings(patient: string | undefined) {
    return this.#ward.bed(patient as Address | undefined).desk
  }

  /** Name a patient for oneself: kept encrypted in this browser, told to nobody. @param name - empty takes it back */
  async name(patient: Address, name: string): Promise<void> {
    const { memory, tell } = this.#deps
    const text = name.trim().slice(0, NAME_LIMIT)
    if (text === '') memory.names.delete(patient)
    else memory.names.set(patient, text)
    await memory.save()
    tell('notice', { what: 'grant' })
  }

  /** Silence one episode on this screen, as long as acknowledging does at the bedside. */
  async acknowledge(alarm: AlarmName): Promise<void> {
    await this.#silence(alarm, ACKNOWLEDGED_MS)
  }

  /** The same, as long as a bedside may be set to. */
  async snooze(alarm: AlarmName): Promise<void> {
    await this.#silence(alarm, SNOOZED_MS)
  }

  /** Whether anybody could sign that an emergency be opened. */
  async witnesses(): Promise<{ readonly reached: number; readonly unreached: number }> {
    const { others, unreached } = await this.#deps.home.reached()
    return { reached: others.length, unreached: unreached.length }
  }

  /**
   * Open a grant for emergencies; another hospital has to sign it.
   *
   * @param reason - 1 to 64 characters that the patient reads
   * @returns until when it is open, ms since the Unix epoch
   */
  breakGlass(hash: Hex32, reason: string): Promise<number> {
    const breaking = this.#breaking.get(hash) ?? this.#breakGlass(hash, reason)
    this.#breaking.set(hash, breaking)
    breaking.catch(() => {}).finally(() => this.#breaking.delete(hash))
    return breaking
  }

  /** Write a span of time to a file; `spanExport` events tell how far it is. */
  async export(wish: ExportWish): Promise<Exported> {
    this.cancelExport()
    const exporting = new AbortController()
    this.#exporting = exporting
    const { tell, memory } = this.#deps
    return exportSpan(await this.#enter(), wish, {
      name: memory.names.get(wish.patient),
      grants: this.#ward.bed(wish.patient).grants,
      onProgress: (done, known) => tell('spanExport', { done, known }),
      signal: exporting.signal,
    })
  }

  cancelExport(): void {
    this.#exporting?.abort()
  }

  async #register(): Promise<PhysicianStanding> {
    await registerPhysician(await this.#enter())
    return this.standing()
  }

  async #breakGlass(hash: Hex32, reason: string): Promise<number> {
    const { memory, tell } = this.#deps
    const held = this.#ward.received?.find((one) => one.hash === hash)
    if (held === undefined) {
      throw new PhysicianError('no such grant', { code: 'UNKNOWN_GRANT', grant: hash })
    }
    const { glass, endsAt } = await breakGlass(await this.#enter(), held, reason, {
      onWaiting: (hospital) => tell('witness', { hospital }),
    })
    memory.glasses.set(hash, glass)
    await memory.save()
    await this.#ward.refresh()
    return endsAt
  }

  async #silence({ patient, device, cause, since }: AlarmName, forMs: number): Promise<void> {
    const alarms = this.#ward.bed(patient).desk.glance().alarms
    const episode = alarms.find((one) => one.device === device && one.cause === cause && one.since === since)
    if (episode !== undefined) this.#silences.silence(patient, episode, hostClock.now(), forMs)
    this.#deps.tell('notice', { what: 'grant' })
    await this.#deps.memory.save()
  }

  #row(bed: Bed): PatientRow {
    const { patient, trouble } = bed
    const now = hostClock.now()
    const { latest, score, alarms } = bed.desk.glance()
    const grants = bed.grants.map(({ grant }) => grant)
    const emergencies = bed.grants.filter(({ grant }) => grant.emergencyMs !== undefined)
    return {
      patient,
      name: this.#deps.memory.names.get(patient),
      categories: categoriesOf(grants),
      accessTo: Math.max(...bed.grants.map((held) => this.#ward.endOf(held))),
      dataFrom: Math.min(...grants.map(({ dataFrom }) => dataFrom)),
      dataTo: Math.max(...grants.map(({ dataTo }) => dataTo)),
      emergencyTo:
        emergencies.length === bed.grants.length
          ? Math.max(...emergencies.map((held) => this.#ward.endOf(held)))
          : undefined,
      latest,
      score,
      alarms: alarms.map((episode) => ({
        ...episode,
        patient,
        silentUntil:
          episode.endedAt === undefined ? this.#silences.silentUntil(patient, episode, now) : undefined,
      })),
      newestAt: latest.length === 0 ? undefined : Math.max(...latest.map(({ at }) => at)),
      trouble,
    }
  }

  async #enter(): Promise<Physician> {
    const { home, others } = await this.#deps.home.reached()
    if (this.#physician?.hospital !== home) {
      this.#physician = physicianAt(this.#deps.open.identity, home, others)
    }
    return this.#physician
  }
}

function categoriesOf(grants: readonly Grant[]) {
  return [...new Set(grants.flatMap(({ labels }) => labels.map(({ label }) => parseLabel(label).category)))]
}

async function isSomebodysFamily(reader: Physician): Promise<boolean> {
  const grants = await receivedGrants(reader)
  return grants.some(({ grant, state }) => grant.isForFamily === true && state === 'active')
}
