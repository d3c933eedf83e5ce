import { secp256k1 } from '@noble/curves/secp256k1.js'
import { encodeRlp, toBeArray } from 'ethers'
import { type CliqueHeader, parseCliqueHeader } from '../../src/clique/header.ts'
import { CliqueSigners } from '../../src/clique/signers.ts'
import type { Run } from '../../src/clique/trail.ts'
import { type Address, fromHex, type Hex32, parseAddress, toHex } from '../../src/ids.ts'
import { keccak256 } from '../../src/keccak.ts'
import { keySigner } from '../../src/signature.ts'

const NOBODY = parseAddress(`0x${'00'.repeat(20)}`)
const ZERO = `0x${'00'.repeat(32)}`
const NO_UNCLES = toHex(keccak256(fromHex('0xc0')))

/** Key of a signer that a test calls by a letter. */
export function keyOf(name: string): Uint8Array {
  return keccak256(new TextEncoder().encode(name))
}

export function accountOf(name: string): Address {
  return name === '' ? NOBODY : keySigner(keyOf(name)).address
}

export interface BlockOptions {
  readonly by: string
  /** Whom the sealer votes on. */
  readonly on?: string
  readonly isIn?: boolean
  /** Signers to list; by default the current ones, at every epoch. */
  readonly list?: readonly string[]
  readonly stateRoot?: Hex32
  readonly difficulty?: number
  readonly timestamp?: number
  readonly parentHash?: Hex32
}

export interface ChainBlock {
  readonly rlp: Uint8Array
  readonly header: CliqueHeader
}

/** Headers sealed by keys of a test, right or wrong as it wants them. */
export class SealedChain {
  readonly epoch: number
  readonly blocks: ChainBlock[]
  #signers: CliqueSigners

  /** @param names - of the first signers */
  constructor(names: readonly string[], epoch = 30_000) {
    this.epoch = epoch
    const signers = names.map(accountOf).sort()
    this.#signers = new CliqueSigners(epoch, signers)
    this.blocks = [
      block(fieldsOf({ number: 0, parentHash: ZERO, timestamp: 0, difficulty: 1, signers }), undefined),
    ]
  }

  get head(): CliqueHeader {
    return this.at(this.blocks.length - 1).header
  }

  get genesis(): Hex32 {
    return this.at(0).header.hash
  }

  /** Who may seal next. */
  get signers(): ReadonlySet<Address> {
    return this.#signers.current
  }

  at(number: number): ChainBlock {
    const found = this.blocks[number]
    if (found === undefined) throw new RangeError(`no block ${number}`)
    return found
  }

  run(from: number, to = this.blocks.length - 1): Run {
    return this.blocks.slice(from, to + 1).map(({ header }) => header)
  }

  rlp(from: number, to = this.blocks.length - 1): readonly Uint8Array[] {
    return this.blocks.slice(from, to + 1).map(({ rlp }) => rlp)
  }

  /** Seal on; what the rules refuse is sealed all the same. */
  seal(options: BlockOptions): this {
    const { by, on = '', isIn = false, list, stateRoot } = options
    const parent = this.head
    const number = parent.number + 1
    // Who lists others than the votes led to goes on with those.
    if (list !== undefined) this.#signers = new CliqueSigners(this.epoch, list.map(accountOf))
    const sorted = [...this.#signers.current].sort()
    const turn = number % sorted.length === sorted.indexOf(accountOf(by)) ? 2 : 1
    const signers = list !== undefined || number % this.epoch === 0 ? sorted : []
    const fields = fieldsOf({
      number,
      parentHash: options.parentHash ?? parent.hash,
      timestamp: options.timestamp ?? parent.timestamp + 1,
      difficulty: options.difficulty ?? turn,
      candidate: accountOf(on),
      isIn,
      signers,
      ...(stateRoot !== undefined && { stateRoot }),
    })
    const sealed = block(fields, keyOf(by))
    this.blocks.push(sealed)
    try {
      this.#signers.accept(sealed.header)
    } catch {}
    return this
  }
}

interface Fields {
  readonly number: number
  readonly parentHash: string
  readonly timestamp: number
  readonly difficulty: number
  readonly candidate?: Address
  readonly isIn?: boolean
  readonly signers: readonly Address[]
  readonly stateRoot?: Hex32
}

/** In the order of the yellow paper, then EIP-1559; extraData without the seal. */
function fieldsOf({ candidate = NOBODY, isIn = false, stateRoot, ...rest }: Fields): string[] {
  const integer = (value: number) => toHex(toBeArray(value))
  return [
    rest.parentHash,
    NO_UNCLES,
    candidate,
    stateRoot ?? ZERO,
    ZERO,
    ZERO,
    `0x${'00'.repeat(256)}`,
    integer(rest.difficulty),
    integer(rest.number),
    integer(4_700_000),
    integer(0),
    integer(rest.timestamp),
    `${ZERO}${rest.signers.map((signer) => signer.slice(2)).join('')}`,
    ZERO,
    `0x${(isIn ? 'ff' : '00').repeat(8)}`,
    integer(1_000_000_000),
  ]
}

/** @param key - undefined for the genesis, which nobody seals @see EIP-225, "Authorizing a block" */
function block(fields: string[], key: Uint8Array | undefined): ChainBlock {
  const seal = key === undefined ? `${'00'.repeat(65)}` : sealOf(keccak256(fromHex(encodeRlp(fields))), key)
  const rlp = fromHex(encodeRlp(fields.with(12, `${fields[12]}${seal}`)))
  return { rlp, header: parseCliqueHeader(rlp) }
}

/** r, s, recovery id. */
function sealOf(digest: Uint8Array, key: Uint8Array): string {
  const [recovery = 0, ...rs] = secp256k1.sign(digest, key, { prehash: false, format: 'recovered' })
  return toHex(Uint8Array.of(...rs, recovery)).slice(2)
}
