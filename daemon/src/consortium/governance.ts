import type { Address } from '@hygeia/protocol/ids'
import type { Logger } from '@hygeia/runtime/log'
import type { HospitalKeysOnChain, Voted } from '../relay/votes.ts'
import type { HospitalCard, Invitation } from './card.ts'
import { ConsortiumError } from './card.ts'
import type { HospitalStatus, Members } from './members.ts'
import type { Peers } from './peers.ts'

export interface GovernanceDeps {
  readonly members: Pick<Members, 'all' | 'member' | 'refresh'>
  readonly peers: Peers
  readonly votes: {
    admitHospital(keys: HospitalKeysOnChain): Promise<Voted>
    suspendHospital(operator: Address): Promise<Voted>
  }
  /** Whether a hospital answers at present. */
  readonly isAnswering: (hospital: Address) => boolean
  /** Give accounts what they need to send transactions. */
  readonly fund: (accounts: readonly Address[]) => Promise<readonly Address[]>
  /** This hospital's own card, with the address that it is really reached at. */
  readonly card: () => HospitalCard
  /** What the chain and the swarm need to be joined; the key of the swarm is undefined while there is none. */
  readonly realm: () => Promise<Pick<Invitation, 'genesis' | 'directory'> & { swarmKey: string | undefined }>
  readonly log: Logger
}

/** A hospital as an operator sees it. */
export interface ListedHospital {
  readonly operator: Address
  readonly status: HospitalStatus
  /** Where it is reached; undefined for one that nobody introduced here. */
  readonly api: string | undefined
  readonly isOwn: boolean
  readonly isAnswering: boolean
}

/** What came of a wish to have a hospital admitted: a vote, unless it is active already with these very keys. */
export type Admitted = Voted | 'active-already'

/** What an operator does about the hospitals of the consortium. */
export class Governance {
  readonly #deps: GovernanceDeps

  constructor(deps: GovernanceDeps) {
    this.#deps = deps
  }

  /** By operator: whoever was ever admitted, and whoever was introduced here. */
  list(): readonly ListedHospital[] {
    const { members, peers, isAnswering } = this.#deps
    const own = this.#deps.card()
    const operators = new Set([...members.all, ...peers.all, own].map(({ operator }) => operator))
    return [...operators].sort().map((operator) => ({
      operator,
      status: members.member(operator)?.status ?? 'unknown',
      api: operator === own.operator ? own.api : peers.of(operator)?.api,
      isOwn: operator === own.operator,
      isAnswering: operator === own.operator || isAnswering(operator),
    }))
  }

  card(): HospitalCard {
    return this.#deps.card()
  }

  /** @throws {ConsortiumError} `NO_SWARM` */
  async invitation(): Promise<Invitation> {
    const { realm, peers, card } = this.#deps
    const { genesis, directory, swarmKey } = await realm()
    if (swarmKey === undefined) {
      throw new ConsortiumError(
        'nobody can join, since this hospital keeps its blocks to itself: give ipfs.listen and ipfs.swarmKeyFile in the configuration',
        { code: 'NO_SWARM' },
      )
    }
    return { version: 1, genesis, directory, swarmKey, hospitals: [card(), ...peers.all] }
  }

  /**
   * Remember where a hospital is reached, and vote to admit it. Whoever completes the majority gives its accounts what
   * they need to send transactions.
   *
   * @throws {RelayError | TransactorError | ChainError | RpcError}
   */
  async admit(card: HospitalCard): Promise<Admitted> {
    const { members, peers, votes, fund, log } = this.#deps
    await peers.meet(card)
    await members.refresh()
    const isActive = isAsCarded(members.member(card.operator), card)
    const voted = isActive ? 'active-already' : await votes.admitHospital(card)
    if (voted === 'active-already' || voted.isCarried) {
      const funded = await fund([card.operator, card.anchor, card.relay])
      if (funded.length > 0) log.info({ hospital: card.operator, accounts: funded.length }, 'accounts funded')
    }
    return voted
  }

  /** Vote to suspend a hospital. @throws {RelayError} */
  async suspend(operator: Address): Promise<Voted> {
    return await this.#deps.votes.suspendHospital(operator)
  }
}

function isAsCarded(member: ReturnType<Members['member']>, card: HospitalCard): boolean {
  return (
    member?.status === 'active' &&
    member.anchor === card.anchor &&
    member.relay === card.relay &&
    member.receipt === card.receipt &&
    member.proxyKeyDigest === card.proxyKeyDigest
  )
}
