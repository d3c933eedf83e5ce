import type { AddressInfo } from 'node:net'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import type { Registry } from 'prom-client'
import { BrowserDoor } from './browser-door.ts'
import { DEFAULT_LIMITS, type Limits } from './limits.ts'
import { noteOperator } from './operations/note.ts'
import type { OperationsLogPort } from './operations/port.ts'
import { type AddressDeps, addressRoutes } from './routes/addresses.ts'
import { type AuditDeps, auditRoutes } from './routes/audit.ts'
import { type BatchDeps, batchRoutes } from './routes/batches.ts'
import { type ChainDeps, chainRoutes } from './routes/chain.ts'
import { type ConsortiumDeps, consortiumRoutes } from './routes/consortium.ts'
import { type DappDeps, dappRoutes } from './routes/dapp.ts'
import { type DeviceHospitalDeps, deviceHospitalRoutes } from './routes/device-hospitals.ts'
import { type DeviceDeps, deviceRoutes } from './routes/devices.ts'
import { type EmergencyDeps, emergencyRoutes } from './routes/emergencies.ts'
import { type ErasureDeps, erasureRoutes } from './routes/erasures.ts'
import { type EventDeps, type EventTimes, eventRoutes } from './routes/events.ts'
import { type GrantDeps, grantRoutes } from './routes/grants.ts'
import { type HospitalsDeps, hospitalsRoutes } from './routes/hospitals.ts'
import { type OperationsDeps, operationsRoutes } from './routes/operations.ts'
import { type OperatorDeps, operatorRoutes } from './routes/operator.ts'
import { type OpsDeps, opsRoutes } from './routes/ops.ts'
import { type PairingDeps, pairingRoutes } from './routes/pairings.ts'
import { type PhysicianDeps, physicianRoutes } from './routes/physicians.ts'
import { type ProposalDeps, proposalRoutes } from './routes/proposals.ts'
import { type PushDeps, pushRoutes } from './routes/push.ts'
import { type RealmDeps, realmRoutes } from './routes/realm.ts'
import { type ReencryptionDeps, reencryptionRoutes } from './routes/reencryptions.ts'
import { type RelayDeps, relayRoutes } from './routes/relay.ts'
import { type SessionDeps, sessionRoutes } from './routes/session.ts'
import { type UploadDeps, uploadRoutes } from './routes/uploads.ts'
import { type ValidatorsDeps, validatorsRoutes } from './routes/validators.ts'
import { type App, createServer, doorLimits } from './server.ts'

export interface ApiOptions {
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  /** PEM; the certificate followed by its CA's. */
  readonly tls: { readonly key: string; readonly cert: string }
  /** PEM of the CA that devices pin. */
  readonly ca: string
  readonly operatorToken: string
  readonly limits?: Partial<Limits>
  /** Time for a whole request to arrive; 15 s unless told. */
  readonly requestTimeoutMs?: number
  /** Time for its headers; 5 s unless told. */
  readonly headersTimeoutMs?: number
  /** Of streams of events. */
  readonly eventTimes?: Partial<EventTimes>
  /** Connections at a time; 2,000 unless told. */
  readonly maxConnections?: number
}

type Routed = RealmDeps &
  SessionDeps &
  ChainDeps &
  RelayDeps &
  PhysicianDeps &
  PairingDeps &
  DeviceDeps &
  DeviceHospitalDeps &
  GrantDeps &
  BatchDeps &
  ReencryptionDeps &
  AuditDeps &
  EmergencyDeps &
  ErasureDeps &
  AddressDeps &
  OperatorDeps &
  ValidatorsDeps &
  ConsortiumDeps &
  HospitalsDeps &
  PushDeps &
  UploadDeps &
  OpsDeps &
  DappDeps &
  EventDeps &
  OperationsDeps &
  ProposalDeps

/** Every part that is reached through the API. */
export interface ApiDeps extends Omit<Routed, 'limits' | 'ca' | 'operatorToken'> {
  readonly operationsLog: OperationsLogPort
  readonly log: Logger
  readonly metrics: Registry
}

/** The hospital's HTTPS door. */
export class Api implements Service {
  readonly #options: ApiOptions
  readonly #app: App

  constructor(options: ApiOptions, app: App) {
    this.#options = options
    this.#app = app
  }

  async start(): Promise<void> {
    const { host, port } = this.#options
    await this.#app.listen({ host, port })
  }

  async stop(): Promise<void> {
    await this.#app.close()
  }

  /** A further door to the same routes, with a certificate that browsers trust; to be started by who asked. */
  browserDoor({ host, port }: { readonly host: string; readonly port: number }): BrowserDoor {
    const { tls, requestTimeoutMs, headersTimeoutMs, maxConnections } = withLimits(this.#options)
    const server = doorLimits({ requestTimeoutMs, headersTimeoutMs })
    return new BrowserDoor({ host, port, tls, maxConnections, server }, this.#app)
  }

  /** Where it listens; known once started. */
  get port(): number {
    return (this.#app.server.address() as AddressInfo).port
  }

  /** What the API says of itself; known once ready. @see OpenAPI 3.1 */
  document(): object {
    return this.#app.swagger()
  }
}

const withLimits = (options: ApiOptions) => ({
  requestTimeoutMs: 15_000,
  headersTimeoutMs: 5_000,
  maxConnections: 2_000,
  ...options,
})

/** Put every route together; nothing listens yet. */
export async function createApi(options: ApiOptions, deps: ApiDeps): Promise<Api> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const app = await createServer({ ...withLimits(options), perAddress: limits.perAddress }, deps)
  const { ca, operatorToken, eventTimes = {} } = options
  const routed: Routed = { ...deps, limits, ca, operatorToken, eventTimes }
  noteOperator(app, deps.operationsLog)
  realmRoutes(app, routed)
  sessionRoutes(app, routed)
  chainRoutes(app, routed)
  relayRoutes(app, routed)
  physicianRoutes(app, routed)
  pairingRoutes(app, routed)
  deviceRoutes(app, routed)
  deviceHospitalRoutes(app, routed)
  grantRoutes(app, routed)
  batchRoutes(app, routed)
  reencryptionRoutes(app, routed)
  auditRoutes(app, routed)
  emergencyRoutes(app, routed)
  erasureRoutes(app, routed)
  addressRoutes(app, routed)
  operatorRoutes(app, routed)
  validatorsRoutes(app, routed)
  consortiumRoutes(app, routed)
  hospitalsRoutes(app, routed)
  pushRoutes(app, routed)
  uploadRoutes(app, routed)
  opsRoutes(app, routed)
  eventRoutes(app, routed)
  operationsRoutes(app, routed)
  proposalRoutes(app, routed)
  await dappRoutes(app, routed)
  await app.ready()
  return new Api(options, app)
}
