import { abi } from '@hygeia/contracts/directory'
import { type Address, addressOf, type Hex32, parseHex32 } from '@hygeia/protocol/ids'
import type { Service } from '@hygeia/runtime/lifecycle'
import type { Logger } from '@hygeia/runtime/log'
import { Interface } from 'ethers'
import { Gauge, type Registry } from 'prom-client'
import type { ChainEngine } from '../chain/engine.ts'
import { METRICS } from '../metrics/names.ts'

export const HOSPITAL_STATUS = ['unknown', 'active', 'suspended'] as const
export type HospitalStatus = (typeof HOSPITAL_STATUS)[number]

/** A hospital as the Directory holds it. */
export interface Member {
  readonly operator: Address
  readonly status: HospitalStatus
  readonly anchor: Address
  readonly relay: Address
  /** Signs receipts and holding statements. */
  readonly receipt: Address
  readonly proxyKeyDigest: Hex32
}

export interface MembersOptions {
  /** The Directory contract. */
  readonly directory: Address
  /** Operator account of this hospital. */
  readonly hospital: Address
}

export interface MembersDeps {
  readonly engine: Pick<ChainEngine, 'head' | 'onHead' | 'onReorganised' | 'request'>
  readonly log: Logger
  readonly metrics: Registry
}

const contract = new Interface(abi)
const CHANGES = ['HospitalAdmitted', 'HospitalSuspended'].map(
  (name) => contract.getEvent(name)?.topicHash ?? '',
)
/** Blocks whose events are asked for at once. */
const STEP_BLOCKS = 5_000

interface RawLog {
  readonly topics: readonly string[]
  readonly blockNumber: string
}

interface Change {
  readonly operator: Address
  readonly blockNumber: number
}

/**
 * The hospitals of the consortium as of the newest block, not of the last final one: a suspension counts from the
 * block that holds it, and one that is taken back by a reorganisation is asked for anew with the next block.
 */
export class Members implements Service {
  readonly #options: MembersOptions
  readonly #deps: MembersDeps
  readonly #listeners = new Set<() => void>()
  #members = new Map<Address, Member>()
  /** Last block whose changes nothing can take back, and that were read. */
  #through = -1
  /** Newest block when last read. */
  #readAt: string | undefined
  /** How many reads began, and which of them was the last that came to what was the newest block at its beginning. */
  #begun = 0
  #complete = 0
  #unsettled: ReadonlySet<Address> = new Set()
  #reading: Promise<void> | undefined
  #unwatch: (() => void)[] = []

  constructor(options: MembersOptions, deps: MembersDeps) {
    this.#options = options
    this.#deps = deps
    const members = this
    new Gauge({
      ...METRICS.hospitalsActive,
      registers: [deps.metrics],
      collect() {
        this.set(members.active.length)
      },
    })
  }

  async start(): Promise<void> {
    await this.refresh()
    const { engine, log } = this.#deps
    this.#unwatch = [
      engine.onReorganised(({ from }) => {
        this.#through = Math.min(this.#through, from - 1)
        this.#unsettled = new Set(this.#members.keys())
      }),
      engine.onHead(() => {
        this.refresh().catch((err: unknown) => log.warn({ err }, 'members not read'))
      }),
    ]
  }

  async stop(): Promise<void> {
    for (const unwatch of this.#unwatch) unwatch()
    await this.#reading?.catch(() => {})
  }

  /** Active hospitals, by operator in ascending order. */
  get active(): readonly Member[] {
    return [...this.#members.values()].filter(({ status }) => status === 'active')
  }

  /** Operators of the active hospitals but for this one. */
  get others(): readonly Address[] {
    return this.active
      .map(({ operator }) => operator)
      .filter((operator) => operator !== this.#options.hospital)
  }

  /** Every hospital that was ever admitted, active or not. */
  get all(): readonly Member[] {
    return [...this.#members.values()]
  }

  /** This hospital's own standing. */
  get own(): HospitalStatus {
    return this.#members.get(this.#options.hospital)?.status ?? 'unknown'
  }

  member(operator: Address): Member | undefined {
    return this.#members.get(operator)
  }

  /** Call `listener` when a hospital was admitted, suspended or has other keys. @returns ends it */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Read what changed until the newest block. @throws {ChainError | RpcError} when the chain cannot be asked */
  async refresh(): Promise<void> {
    const { engine } = this.#deps
    // Not until a certain block was read: by then there may be a newer one, and that one is never read any more.
    const begun = this.#begun
    while (this.#complete <= begun && this.#readAt !== engine.head.hash) {
      this.#reading ??= this.#read().finally(() => {
        this.#reading = undefined
      })
      await this.#reading
    }
  }

  async #read(): Promise<void> {
    const { hash, number, finalNumber } = this.#deps.engine.head
    const turn = ++this.#begun
    const last = Math.min(number, this.#through + STEP_BLOCKS)
    // An engine that starts again, or has another branch, may be behind what was read.
    const logs = await this.#changes(Math.min(this.#through + 1, last), last)
    // What was seen in a block that can be taken back is asked for until that is settled.
    const asked = new Set([...this.#unsettled, ...logs.map(({ operator }) => operator)])
    const read = await Promise.all([...asked].map((operator) => this.#ask(operator)))
    this.#unsettled = new Set(
      logs.filter(({ blockNumber }) => blockNumber > finalNumber).map(({ operator }) => operator),
    )
    this.#through = Math.min(last, finalNumber)
    if (last === number) {
      this.#readAt = hash
      this.#complete = turn
    }
    this.#apply(read)
  }

  #apply(read: readonly Member[]): void {
    const changed = read.filter((member) => {
      return JSON.stringify(this.#members.get(member.operator)) !== JSON.stringify(member)
    })
    if (changed.length === 0) return
    const all = new Map([...this.#members, ...changed.map((member) => [member.operator, member] as const)])
    this.#members = new Map([...all].sort(([a], [b]) => (a < b ? -1 : 1)))
    for (const { operator, status } of changed) this.#deps.log.info({ operator, status }, 'hospital')
    for (const listener of this.#listeners) listener()
  }

  async #changes(first: number, last: number): Promise<readonly Change[]> {
    const hex = (number: number) => `0x${number.toString(16)}`
    const range = { fromBlock: hex(first), toBlock: hex(last) }
    const filter = { address: this.#options.directory, ...range, topics: [CHANGES] }
    const logs = await this.#deps.engine.request({ method: 'eth_getLogs', params: [filter] })
    return (logs as readonly RawLog[]).map(({ topics, blockNumber }) => ({
      operator: addressOf(`0x${(topics[1] ?? '').slice(-40)}`),
      blockNumber: Number(blockNumber),
    }))
  }

  async #ask(operator: Address): Promise<Member> {
    const call = {
      to: this.#options.directory,
      data: contract.encodeFunctionData('hospital', [operator]),
    }
    const answer = String(await this.#deps.engine.request({ method: 'eth_call', params: [call, 'latest'] }))
    const [keys, code] = contract.decodeFunctionResult('hospital', answer)
    return {
      operator,
      status: HOSPITAL_STATUS[Number(code)] ?? 'unknown',
      anchor: addressOf(String(keys.anchor)),
      relay: addressOf(String(keys.relay)),
      receipt: addressOf(String(keys.receipt)),
      proxyKeyDigest: parseHex32(String(keys.proxyKeyDigest)),
    }
  }
}
