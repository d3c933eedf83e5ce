import { abi } from '@hygeia/contracts/directory'
import type { Address, Hex } from '@hygeia/protocol/ids'
import { addressOf } from '@hygeia/protocol/ids'
import { keySigner } from '@hygeia/protocol/signature'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import { Interface } from 'ethers'
import type { ChainEngine } from '../chain/engine.ts'
import { RelayError } from '../relay/errors.ts'
import { simulate } from '../relay/simulate.ts'
import type { RotatingAccount } from '../transactor/rotating.ts'
import type { Transactor } from '../transactor/transactor.ts'
import { makeTransactionsDir, nextKey, promoteKey, readNextKey } from './next-key.ts'

/** Accounts whose key can change: the Directory names them, and nothing that was signed for ever is theirs. */
export const ROTATING_KEYS = ['relay', 'anchor'] as const
export type RotatingKey = (typeof ROTATING_KEYS)[number]

/** A hospital by its keys, as the contract takes it. */
export interface HospitalEntry {
  readonly operator: Address
  readonly anchor: Address
  readonly relay: Address
  readonly receipt: Address
  readonly proxyKeyDigest: Hex
}

export interface Rotation {
  readonly address: Address
  /** False while a majority of the hospitals has not voted for `entry`: the old key goes on until then. */
  readonly isDone: boolean
  readonly entry: HospitalEntry
}

export interface KeyRotationOptions {
  readonly dataDir: string
  readonly keysDir: string
  readonly directory: Address
}

export interface KeyRotationDeps {
  readonly chain: Pick<ChainEngine, 'request' | 'onHead'>
  readonly operator: Pick<Transactor, 'address' | 'send'>
  readonly accounts: Readonly<Record<RotatingKey, RotatingAccount>>
  /** Start sending with a key. */
  readonly open: (name: RotatingKey, key: Uint8Array) => Promise<Transactor>
  readonly log: Logger
}

const directory = new Interface(abi)
/** Counting the votes of 64 hospitals, and writing four keys. */
const VOTE_GAS = 800_000
const TRANSFER_GAS = 21_000
/** Stays with the old key for what it still has to send: 1,000 coins. */
const KEPT_WEI = 10n ** 21n

/**
 * Changes the keys of accounts while the hospital works: the new key is made and given the old one's coins, this
 * hospital votes for it, and it takes over in the block in which the Directory names it. A restart goes on with what was
 * begun.
 */
export class KeyRotation implements Service {
  readonly #options: KeyRotationOptions
  readonly #deps: KeyRotationDeps
  readonly #pending = new Map<RotatingKey, Uint8Array>()
  #working: Promise<unknown> = Promise.resolve()
  #unwatch = () => {}

  constructor(options: KeyRotationOptions, deps: KeyRotationDeps) {
    this.#options = options
    this.#deps = deps
  }

  async start(): Promise<void> {
    for (const name of ROTATING_KEYS) {
      const key = await readNextKey(this.#options.keysDir, name)
      if (key !== undefined) this.#pending.set(name, key)
    }
    await this.#inTurn(() => this.#takeOver())
    this.#unwatch = this.#deps.chain.onHead(() => {
      if (this.#pending.size === 0) return
      this.#inTurn(() => this.#takeOver()).catch((err: unknown) => {
        this.#deps.log.warn({ err }, 'rotation not looked after')
      })
    })
  }

  async stop(): Promise<void> {
    this.#unwatch()
    await this.#working.catch(() => {})
  }

  /** Begin a rotation, or go on with it. @throws {RelayError} when the contract refuses, or the chain is away */
  async rotate(name: RotatingKey): Promise<Rotation> {
    return await this.#inTurn(async () => {
      const key = await nextKey(this.#options.keysDir, name)
      this.#pending.set(name, key)
      const { address } = keySigner(key)
      await this.#fund(name, address)
      const present = await this.#present()
      const entry = { ...present, [name]: address }
      if (present[name] !== address) await this.#vote(entry)
      await this.#takeOver()
      return { address, isDone: !this.#pending.has(name), entry }
    })
  }

  async #fund(name: RotatingKey, to: Address): Promise<void> {
    const { accounts } = this.#deps
    const account = accounts[name]
    const [held, got] = await Promise.all([this.#balance(account.address), this.#balance(to)])
    if (got > 0n || held <= KEPT_WEI) return
    await account.send({ to, data: '0x', gasLimit: TRANSFER_GAS, value: held - KEPT_WEI })
  }

  async #vote(entry: HospitalEntry): Promise<void> {
    const { chain, operator } = this.#deps
    const to = this.#options.directory
    const data = directory.encodeFunctionData('admitHospital', [entry]) as Hex
    try {
      await simulate(chain, { from: operator.address, to, data, gasLimit: VOTE_GAS })
    } catch (cause) {
      // It waits for the other hospitals.
      if (cause instanceof RelayError && Object(cause.detail).contractError === 'DirectoryAlreadyVoted')
        return
      throw cause
    }
    await operator.send({ to, data, gasLimit: VOTE_GAS })
  }

  /** Let every key take over that the Directory names by now. */
  async #takeOver(): Promise<void> {
    const { dataDir, keysDir } = this.#options
    const { accounts, open, log } = this.#deps
    if (this.#pending.size === 0) return
    const present = await this.#present()
    for (const [name, key] of [...this.#pending]) {
      const { address } = keySigner(key)
      if (present[name] !== address) continue
      await makeTransactionsDir(dataDir, name, address)
      await promoteKey(keysDir, name)
      accounts[name].become(await open(name, key))
      this.#pending.delete(name)
      log.info({ key: name, address }, 'a new key took over')
    }
  }

  async #present(): Promise<HospitalEntry> {
    const { chain, operator } = this.#deps
    const data = directory.encodeFunctionData('hospital', [operator.address])
    const answer = await chain.request({
      method: 'eth_call',
      params: [{ to: this.#options.directory, data }, 'latest'],
    })
    const [keys] = directory.decodeFunctionResult('hospital', String(answer))
    return {
      operator: operator.address,
      anchor: addressOf(keys.anchor),
      relay: addressOf(keys.relay),
      receipt: addressOf(keys.receipt),
      proxyKeyDigest: keys.proxyKeyDigest as Hex,
    }
  }

  async #balance(address: Address): Promise<bigint> {
    return BigInt(
      String(await this.#deps.chain.request({ method: 'eth_getBalance', params: [address, 'latest'] })),
    )
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#working.catch(() => {}).then(work)
    this.#working = turn
    return turn
  }
}
