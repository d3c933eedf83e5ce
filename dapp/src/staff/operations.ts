import type { z } from 'zod'
import type { Session } from '../hospital/session.ts'
import type { Ask, Transport } from '../hospital/transport.ts'
import {
  CertificatesView,
  DevicesPage,
  type DeviceView,
  HospitalsView,
  IngestView,
  IpfsView,
  LogPage,
  PhysiciansView,
  Proposal,
  ProposalsView,
  StaffSession,
  ValidatorView,
} from './answers.ts'
import type { Motion } from './motion.ts'

export interface OperationsDeps {
  readonly transport: Transport
  readonly session: Session
}

/** Pages of devices that are read at most: more than any hospital has. */
const PAGES_LIMIT = 100

/** How a hospital is, and what two of its staff decide, as one of them who has signed in sees it. */
export class Operations {
  readonly #deps: OperationsDeps

  constructor(deps: OperationsDeps) {
    this.#deps = deps
  }

  /** @throws {HospitalError} `REFUSED` `NOT_REGISTERED` while the hospital does not list the account */
  session() {
    return this.#get('/v1/session', StaffSession)
  }

  /** The next question signs in again. */
  signOut(): Promise<void> {
    return this.#deps.session.end()
  }

  validator(): Promise<ValidatorView> {
    return this.#get('/v1/ops/validator', ValidatorView)
  }

  ipfs(): Promise<IpfsView> {
    return this.#get('/v1/ops/ipfs', IpfsView)
  }

  ingest(): Promise<IngestView> {
    return this.#get('/v1/ops/ingest', IngestView)
  }

  async devices(): Promise<readonly DeviceView[]> {
    const devices: DeviceView[] = []
    let after: string | null = null
    for (let page = 0; page < PAGES_LIMIT; page++) {
      const query: string = after === null ? '' : `?${new URLSearchParams({ after })}`
      const answer: z.output<typeof DevicesPage> = await this.#get(`/v1/ops/devices${query}`, DevicesPage)
      devices.push(...answer.devices)
      after = answer.next
      if (after === null) break
    }
    return devices
  }

  async hospitals() {
    return (await this.#get('/v1/ops/proxies', HospitalsView)).hospitals
  }

  async certificates() {
    return (await this.#get('/v1/ops/certificates', CertificatesView)).certificates
  }

  async physicians() {
    return (await this.#get('/v1/ops/physicians', PhysiciansView)).physicians
  }

  /** What the staff did, newest first. @param before - `next` of the page before */
  log(before?: number) {
    const query = before === undefined ? '' : `?${new URLSearchParams({ before: String(before) })}`
    return this.#get(`/v1/ops/log${query}`, LogPage)
  }

  /** Newest first. */
  async proposals() {
    return (await this.#get('/v1/ops/proposals', ProposalsView)).proposals
  }

  /** @throws {HospitalError} `REFUSED` `OPERATORS_ONLY`, `PROPOSAL_EXISTS` or `PROPOSAL_LIMIT` */
  propose(motion: Motion, reason: string): Promise<Proposal> {
    return this.#post('/v1/ops/proposals', { motion, reason })
  }

  /** Approve what another proposed; answers when it was done, or was not. @throws {HospitalError} `SECOND_PERSON`, … */
  approve(id: string): Promise<Proposal> {
    return this.#post(`/v1/ops/proposals/${id}/approval`)
  }

  /** Refuse it, or take it back. */
  reject(id: string): Promise<Proposal> {
    return this.#post(`/v1/ops/proposals/${id}/rejection`)
  }

  #post(path: string, json?: unknown): Promise<Proposal> {
    return this.#ask(path, Proposal, { method: 'POST', ...(json !== undefined && { json }) })
  }

  #get<S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>> {
    return this.#ask(path, schema, {})
  }

  #ask<S extends z.ZodType>(path: string, schema: S, ask: Ask): Promise<z.output<S>> {
    const { transport, session } = this.#deps
    return session.with((token) => transport.json(path, schema, { ...ask, token }))
  }
}
