import { X509Certificate } from 'node:crypto'
import { fingerprint, type SignedPhysicianKey } from '@hygeia/protocol/grant/physician-key'
import type { Address, Hex32 } from '@hygeia/protocol/ids'
import { DAY_MS, type UnixMs } from '@hygeia/protocol/units'
import type { Clock } from '@hygeia/runtime/clock'
import type { Registry } from 'prom-client'
import type { OperationsPort } from '../api/operations/port.ts'
import type { ChainEngine } from '../chain/engine.ts'
import type { Validators } from '../chain/validators.ts'
import { STALL_PERIODS } from '../chain/watch.ts'
import type { Governance } from '../consortium/governance.ts'
import type { PhysicianEntry } from '../directory/people.ts'
import { CONSORTIUM, type RecordedIncident } from '../incidents/incidents.ts'
import { METRICS } from '../metrics/names.ts'
import type { ReplicaBook } from '../replication/book.ts'
import type { Store } from '../store/store.ts'
import { countsOf } from './counts.ts'
import type { OperationsLog } from './log.ts'
import type { Rates } from './rates.ts'

export interface ServedCertificate {
  readonly role: 'devices' | 'authority' | 'browsers'
  /** PEM; of a chain the first counts. */
  readonly pem: string
}

export interface ViewDeps {
  readonly engine: Pick<ChainEngine, 'head' | 'info'>
  readonly validators: Pick<Validators, 'list'>
  readonly store: Pick<Store, 'last' | 'waiting' | 'isUp' | 'replicas' | 'anchors' | 'devices' | 'forks'>
  readonly ipfs: { readonly kind: string }
  readonly replication: { readonly lagBlocks: number }
  readonly book: Pick<ReplicaBook, 'wanted' | 'statements' | 'faults'>
  readonly room: { readonly freeBytes: number; readonly isFull: boolean }
  readonly incidents: { recent(limit: number): Promise<readonly RecordedIncident[]> }
  readonly directory: {
    bound(): ReadonlyMap<Address, Address>
    physicians(): ReadonlyMap<Address, PhysicianEntry>
  }
  readonly physicianKeys: { get(physician: Address): Promise<SignedPhysicianKey | undefined> }
  readonly governance: Pick<Governance, 'list'>
  readonly certificates: () => readonly ServedCertificate[]
  readonly log: Pick<OperationsLog, 'page'>
  readonly arrivals: Pick<Rates, 'perMinute' | 'history'>
  readonly nameOf: (device: Address) => string
  readonly metrics: Registry
  readonly clock: Clock
}

const FAULTS_SHOWN = 100
const INCIDENTS_SHOWN = 200
const FORKS_LOOKED_AT = 10_000

/** How the hospital is, put together when somebody of its staff asks. */
export function operationsViews(deps: ViewDeps): OperationsPort {
  return {
    validator: () => validatorView(deps),
    ipfs: () => ipfsView(deps),
    ingest: () => ingestView(deps),
    devices: (after, limit) => devicesView(deps, after, limit),
    proxies: async () => ({
      hospitals: deps.governance.list().map((listed) => ({ ...listed, api: listed.api ?? null })),
    }),
    certificates: async () => ({
      certificates: deps.certificates().map((one) => certificateView(one, deps.clock.now())),
    }),
    physicians: () => physiciansView(deps),
    log: async (before, limit) => {
      const entries = await deps.log.page(before, limit)
      const last = entries.length === limit ? entries.at(-1) : undefined
      return { entries: [...entries], next: last === undefined || last.index === 1 ? null : last.index }
    },
  }
}

async function validatorView({ engine, validators, clock }: ViewDeps) {
  const { head, info } = engine
  const list = await validators.list()
  const headAgeMs = Math.max(0, clock.now() - head.at)
  return {
    engine: info.engine,
    chainId: info.chainId,
    periodSec: info.periodSec,
    head: head.number,
    final: head.finalNumber,
    headTime: head.timestamp,
    headAgeMs,
    isStalled: headAgeMs > STALL_PERIODS * info.periodSec * 1_000,
    validators: list.validators.map(({ address, sealed }) => ({
      address,
      ...(sealed !== undefined && { sealed }),
    })),
    blocks: list.blocks,
    proposals: [...list.proposals],
  }
}

async function ipfsView({ store, ipfs, replication, book, room }: ViewDeps) {
  const faults = await book.faults(FAULTS_SHOWN)
  return {
    node: ipfs.kind,
    batches: { taken: store.last, anchored: store.anchors.through, waiting: store.waiting },
    replicas: store.replicas,
    objects: store.last + store.replicas,
    lagBlocks: replication.lagBlocks,
    wanted: book.wanted,
    underReplicated: book.statements.underReplicated,
    faulty: faults.map(({ origin, root, fault }) => ({ hospital: origin, root, fault: String(fault) })),
    disk: { freeBytes: room.freeBytes, isUp: store.isUp, isRefusing: room.isFull },
  }
}

async function ingestView({ metrics, incidents, store, arrivals, directory, nameOf }: ViewDeps) {
  const [outcomes, refusals, recent, forks, perMinute, history] = await Promise.all([
    countsOf(metrics, METRICS.ingestTotal),
    countsOf(metrics, METRICS.refusalsTotal),
    incidents.recent(INCIDENTS_SHOWN),
    store.forks.byDevice(FORKS_LOOKED_AT),
    arrivals.perMinute(),
    arrivals.history(),
  ])
  const bound = directory.bound()
  // What a stranger claims to be may be anybody's account: only bound devices are named.
  const named = (device: Address | undefined) =>
    device !== undefined && bound.has(device) ? nameOf(device) : null
  return {
    perMinute,
    history: [...history],
    outcomes: outcomes.map(({ labels: { door = '', outcome = '' }, count }) => ({ door, outcome, count })),
    refusals: refusals.map(({ labels: { door = '', reason = '' }, count }) => ({ door, reason, count })),
    incidents: recent.map(({ door, reason, device, first, last, count }) => {
      const isOfHospital = door === CONSORTIUM
      return {
        ...{ door, reason, first, last, count },
        device: isOfHospital ? null : named(device),
        hospital: (isOfHospital && device) || null,
      }
    }),
    quarantined: forks.values().reduce((sum, count) => sum + count, 0),
    forkedDevices: [...forks.keys()].map(nameOf).sort(),
  }
}

async function devicesView({ directory, store, nameOf }: ViewDeps, after: string | undefined, limit: number) {
  const all = [...directory.bound().keys()].map((device) => ({ device, name: nameOf(device) }))
  const from = all
    .filter(({ name }) => after === undefined || name > after)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  const page = from.slice(0, limit)
  const devices = await Promise.all(
    page.map(async ({ device, name }) => {
      const note = await store.devices.of(device)
      const standing = note?.standing
      return {
        device: name,
        lastSeen: note?.lastSeen ?? null,
        spoolBytes: note?.spoolBytes ?? null,
        spoolHours: standing?.spoolHours ?? null,
        version: standing?.version ?? null,
        sensors: standing?.sensors ?? null,
        sensorsAway: standing?.sensorsAway ?? null,
        labelKeyDays: standing?.labelKeyDays ?? null,
      }
    }),
  )
  return { devices, next: from.length > limit ? (page.at(-1)?.name ?? null) : null }
}

function certificateView({ role, pem }: ServedCertificate, now: UnixMs) {
  const { subjectAltName = '', subject, validToDate } = new X509Certificate(pem)
  const names =
    subjectAltName === '' ? [subject] : subjectAltName.split(', ').map((name) => name.replace(/^[^:]+:/, ''))
  const notAfter = validToDate.getTime() as UnixMs
  return { role, names, notAfter, days: Math.floor((notAfter - now) / DAY_MS) }
}

async function physiciansView({ directory, physicianKeys }: ViewDeps) {
  const physicians = await Promise.all(
    [...directory.physicians()].map(async ([address, { status, keyDigest }]) => {
      const key = await physicianKeys.get(address)
      return {
        address,
        status,
        keyDigest: keyDigest as Hex32,
        fingerprint: key ? fingerprint(key.receivingKey) : null,
      }
    }),
  )
  return { physicians }
}
