import { decodeCbor, sameBytes } from '@hygeia/protocol/cbor'
import { MalformedError } from '@hygeia/protocol/errors'
import { decodeHolding, holdingSigner, type SignedHolding } from '@hygeia/protocol/holding/holding'
import type { Address, Hex32 } from '@hygeia/protocol/ids'
import { readAnchor } from '@hygeia/protocol/receipt/codec'
import { anchorSigner, type SignedAnchor } from '@hygeia/protocol/receipt/receipt'
import type { Recover } from '@hygeia/protocol/signature'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import type { Members } from '../consortium/members.ts'
import type { IpfsNode } from '../ipfs/node.ts'
import type { Answer } from './answers.ts'
import type { ReplicaBook } from './book.ts'
import { challengedIndex, proofOfHolding } from './challenge.ts'
import type { ReplicaRecord } from './records.ts'

/** What a hospital said that is not so. */
export type Forgery =
  /** Not signed by its receipt key, or of another manifest than was asked about. */
  | 'HOLDING_FORGED'
  /** It says to hold a manifest, and does not know a batch in it. */
  | 'HOLDING_UNPROVEN'
  /** An anchor that it did not sign, or that is not the one on the chain. */
  | 'ANCHOR_FORGED'

export type Believed<T> =
  | { readonly outcome: 'genuine'; readonly said: T }
  /** Nothing was said, or it cannot be judged yet. */
  | { readonly outcome: 'nothing' }
  | { readonly outcome: 'forged'; readonly fault: Forgery }

export interface BeliefDeps {
  readonly members: Pick<Members, 'member'>
  readonly book: Pick<ReplicaBook, 'digestAt'>
  readonly ipfs: Pick<IpfsNode, 'get'>
  /** Operator of the hospital that a key belongs or ever belonged to. */
  readonly holderOf: (key: Address) => Promise<Address | undefined>
  readonly recover: Recover
}

const NOTHING = { outcome: 'nothing' } as const
const forged = (fault: Forgery) => ({ outcome: 'forged', fault }) as const

/** Decides what to believe of what other hospitals say of manifests. */
export class Belief {
  readonly #realm: Realm
  readonly #deps: BeliefDeps

  constructor({ realm }: { readonly realm: Realm }, deps: BeliefDeps) {
    this.#realm = realm
    this.#deps = deps
  }

  /** Whether `operator` holds what `record` stands for. @param nonce - that the proof was asked for with */
  async holding(
    operator: Address,
    record: ReplicaRecord,
    { holding }: Pick<Answer, 'holding'>,
    nonce: Hex32,
  ): Promise<Believed<SignedHolding>> {
    if (holding === undefined) return NOTHING
    const statement = readable(() => decodeHolding(holding.statement))
    if (statement === undefined || !(await this.#isSaidOf(operator, record, statement))) {
      return forged('HOLDING_FORGED')
    }
    const expected = await this.#expectedProof(nonce, record)
    // Who does not hold it cannot tell.
    if (expected === undefined) return NOTHING
    return sameBytes(expected, holding.proof)
      ? { outcome: 'genuine', said: statement }
      : forged('HOLDING_UNPROVEN')
  }

  /** Whether `operator` stands by its anchor, as the chain holds it. */
  async anchor(
    operator: Address,
    record: ReplicaRecord,
    { anchor: bytes }: Pick<Answer, 'anchor'>,
  ): Promise<Believed<SignedAnchor>> {
    if (bytes === undefined) return NOTHING
    const anchor = readable(() => readAnchor(decodeCbor(bytes, 'anchor', bytes.length)))
    if (anchor === undefined || !isOnChain(anchor, record)) return forged('ANCHOR_FORGED')
    const signer = readable(() => anchorSigner(this.#realm, anchor, this.#deps.recover))
    const isGenuine = signer !== undefined && (await this.#isKeyOf(operator, signer))
    return isGenuine ? { outcome: 'genuine', said: anchor } : forged('ANCHOR_FORGED')
  }

  async #isSaidOf(operator: Address, record: ReplicaRecord, statement: SignedHolding): Promise<boolean> {
    const { hospital, root, manifest, count } = statement
    const isOfThis = root === record.root && manifest === record.manifest && count === record.count
    if (hospital !== operator || !isOfThis) return false
    const signer = readable(() => holdingSigner(this.#realm, statement, this.#deps.recover))
    return signer !== undefined && (await this.#isKeyOf(operator, signer))
  }

  async #expectedProof(nonce: Hex32, record: ReplicaRecord): Promise<Uint8Array | undefined> {
    const { book, ipfs } = this.#deps
    const digest = await book.digestAt(record.root, challengedIndex(nonce, record.count))
    const block = digest && (await ipfs.get(digest, AbortSignal.abort()))
    return block && proofOfHolding(nonce, block)
  }

  /** Whether `key` signs for the hospital: now, or when it said so. */
  async #isKeyOf(operator: Address, key: Address): Promise<boolean> {
    const { members, holderOf } = this.#deps
    return members.member(operator)?.receipt === key || (await holderOf(key)) === operator
  }
}

function isOnChain(anchor: SignedAnchor, record: ReplicaRecord): boolean {
  const { origin, root, count, manifest, transaction, blockNumber, blockHash } = record
  const expected = { hospital: origin, root, count, manifest, transaction, blockNumber, blockHash }
  return Object.entries(expected).every(([name, value]) => anchor[name as keyof SignedAnchor] === value)
}

/** What `read` finds; undefined when it is not what it should be. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof MalformedError) return undefined
    throw cause
  }
}
