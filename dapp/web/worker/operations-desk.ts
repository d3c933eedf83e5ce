import { hostClock } from '@hygeia/dapp/clock'
import { isRefusal } from '@hygeia/dapp/hospital/errors'
import { Session } from '@hygeia/dapp/hospital/session'
import type { ActOnAccount, Proposal } from '@hygeia/dapp/staff/answers'
import { type Motion, parseCard } from '@hygeia/dapp/staff/motion'
import { Operations } from '@hygeia/dapp/staff/operations'
import { type Address, addressOf } from '@hygeia/protocol/ids'
import type { HomeHospital } from './home-hospital.ts'
import type { Open } from './vault.ts'

/** As what an account is let in; `unlisted` while nobody has listed it. */
export type Listed = 'unlisted' | 'viewer' | 'operator'

export interface Staffing {
  readonly account: Address
  readonly listed: Listed
  /** By how much this machine's clock is ahead of the hospital's, ms. */
  readonly clockAheadMs: number | undefined
}

/** A hospital as the people who run it see it. No reading, and no patient's account, ever reaches this desk. */
export class OperationsDesk {
  readonly #open: Open
  readonly #home: HomeHospital
  #operations: Promise<Operations> | undefined
  /** Acts under way, by name: a second click waits for the first. */
  readonly #underWay = new Map<string, Promise<Proposal>>()

  constructor(open: Open, home: HomeHospital) {
    this.#open = open
    this.#home = home
  }

  async staffing(): Promise<Staffing> {
    const account = this.#open.identity.signer.address
    const listed = await this.#listed()
    return { account, listed, clockAheadMs: this.#home.clockAheadMs }
  }

  /** Have the role looked up again: it is that of when somebody signed in. */
  async signInAgain(): Promise<void> {
    await (await this.#entered()).signOut()
  }

  async validator() {
    return (await this.#entered()).validator()
  }

  async ipfs() {
    return (await this.#entered()).ipfs()
  }

  async ingest() {
    return (await this.#entered()).ingest()
  }

  async devices() {
    return (await this.#entered()).devices()
  }

  async hospitals() {
    return (await this.#entered()).hospitals()
  }

  async certificates() {
    return (await this.#entered()).certificates()
  }

  async physicians() {
    return (await this.#entered()).physicians()
  }

  async proposals() {
    return (await this.#entered()).proposals()
  }

  /** @param before - `next` of the page before */
  async log(before?: number) {
    return (await this.#entered()).log(before)
  }

  /** @throws {MalformedError} when `account` is no account */
  propose(act: ActOnAccount, account: string, reason: string): Promise<Proposal> {
    return this.#propose({ act, subject: addressOf(account.trim().toLowerCase()) }, reason)
  }

  /** @param card - as the hospital printed it @throws {MalformedError} */
  async proposeHospital(card: string, reason: string): Promise<Proposal> {
    const parsed = parseCard(card)
    return this.#propose({ act: 'admit-hospital', subject: parsed.operator, card: parsed }, reason)
  }

  approve(id: string): Promise<Proposal> {
    return this.#once(`decide ${id}`, (operations) => operations.approve(id))
  }

  reject(id: string): Promise<Proposal> {
    return this.#once(`decide ${id}`, (operations) => operations.reject(id))
  }

  #propose(motion: Motion, reason: string): Promise<Proposal> {
    const { act, subject } = motion
    return this.#once(`${act} ${subject}`, (operations) => operations.propose(motion, reason.trim()))
  }

  #once(name: string, act: (operations: Operations) => Promise<Proposal>): Promise<Proposal> {
    const doing =
      this.#underWay.get(name) ??
      this.#entered()
        .then(act)
        .finally(() => this.#underWay.delete(name))
    this.#underWay.set(name, doing)
    return doing
  }

  async #listed(): Promise<Listed> {
    try {
      const { roles } = await (await this.#entered()).session()
      return roles.includes('operator') ? 'operator' : roles.includes('viewer') ? 'viewer' : 'unlisted'
    } catch (cause) {
      if (isRefusal(cause, 'NOT_REGISTERED')) return 'unlisted'
      throw cause
    }
  }

  #entered(): Promise<Operations> {
    const asked = this.#operations ?? this.#enter()
    this.#operations = asked
    asked.catch(() => {
      if (this.#operations === asked) this.#operations = undefined
    })
    return asked
  }

  async #enter(): Promise<Operations> {
    const { client, pinned } = await this.#home.met()
    const { transport } = client
    const { signer } = this.#open.identity
    const session = new Session({ transport, signer, chainId: pinned.chainId, clock: hostClock })
    return new Operations({ transport, session })
  }
}
