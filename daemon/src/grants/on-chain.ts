import { abi as consentAbi } from '@hygeia/contracts/consent'
import { abi as directoryAbi } from '@hygeia/contracts/directory'
import { type Address, addressOf, type Hex32, parseHex32 } from '@hygeia/protocol/ids'
import { Interface } from 'ethers'

/** The part of a chain engine that is asked here. */
export interface ChainReads {
  request(call: { readonly method: string; readonly params?: readonly unknown[] }): Promise<unknown>
}

/** What the chain holds of a grant. */
export interface ConsentState {
  /** Unix seconds; 0 when never granted. */
  readonly accessEnd: number
  readonly isRevoked: boolean
}

/** When a grant for emergencies was last opened, and why. */
export interface EmergencyState {
  /** Unix seconds; 0 when never. */
  readonly openedAt: number
  /** Salted hash. */
  readonly reason: Hex32
}

/** Where an event was. */
export interface EventPlace {
  readonly transaction: Hex32
  readonly blockNumber: number
}

export interface ConsentEvent extends EventPlace {
  readonly kind: 'granted' | 'revoked'
  readonly patient: Address
  readonly grant: Hex32
}

const PHYSICIAN_STATUS = ['unknown', 'registered', 'active', 'suspended'] as const
export type PhysicianStatus = Exclude<(typeof PHYSICIAN_STATUS)[number], 'unknown'>

const directory = new Interface(directoryAbi)
const consent = new Interface(consentAbi)
const GRANTED = consent.getEvent('Granted')?.topicHash
const REVOKED = consent.getEvent('Revoked')?.topicHash
const hex = (value: number) => `0x${value.toString(16)}`

/** Asks the contracts on the newest block; nothing is remembered. */
export class OnChain {
  readonly #directory: Address
  readonly #chain: ChainReads

  constructor({ directory }: { readonly directory: Address }, { chain }: { readonly chain: ChainReads }) {
    this.#directory = directory
    this.#chain = chain
  }

  async patient(account: Address): Promise<{ readonly status: 'registered' } | undefined> {
    const [status] = await this.#call(directory, this.#directory, 'patient', [account])
    return Number(status) === 1 ? { status: 'registered' } : undefined
  }

  async physician(
    account: Address,
  ): Promise<{ readonly status: PhysicianStatus; readonly keyDigest: Hex32 } | undefined> {
    const [code, keyDigest] = await this.#call(directory, this.#directory, 'physician', [account])
    const status = PHYSICIAN_STATUS[Number(code)] ?? 'unknown'
    return status === 'unknown' ? undefined : { status, keyDigest: parseHex32(String(keyDigest)) }
  }

  async isActiveHospital(operator: Address): Promise<boolean> {
    const [isActive] = await this.#call(directory, this.#directory, 'isActiveHospital', [operator])
    return Boolean(isActive)
  }

  /** The current Consent contract. */
  async consent(): Promise<Address> {
    const [address] = await this.#call(directory, this.#directory, 'consent', [])
    return addressOf(String(address))
  }

  async consentOf(at: Address, patient: Address, grant: Hex32): Promise<ConsentState> {
    const [accessEnd, isRevoked] = await this.#call(consent, at, 'consentOf', [patient, grant])
    return { accessEnd: Number(accessEnd), isRevoked: Boolean(isRevoked) }
  }

  /** Whether the grant stands at the time of the newest block. */
  async isActive(at: Address, patient: Address, grant: Hex32): Promise<boolean> {
    const [isActive] = await this.#call(consent, at, 'isActive', [patient, grant])
    return Boolean(isActive)
  }

  /** What the current contract holds of an emergency grant. */
  async emergencyOf(patient: Address, grant: Hex32): Promise<EmergencyState> {
    const at = await this.consent()
    const [openedAt, reason] = await this.#call(consent, at, 'emergencyOf', [patient, grant])
    return { openedAt: Number(openedAt), reason: parseHex32(String(reason)) }
  }

  /** The receipt key of an active hospital; undefined when it is unknown or suspended. */
  async receiptKeyOf(operator: Address): Promise<Address | undefined> {
    const [keys, status] = await this.#call(directory, this.#directory, 'hospital', [operator])
    const [, , , receipt] = Array.from(keys as Iterable<unknown>)
    return Number(status) === 1 ? addressOf(String(receipt)) : undefined
  }

  /** Operators of the hospitals that are active, this one too. */
  async hospitals(): Promise<readonly Address[]> {
    const [operators] = await this.#call(directory, this.#directory, 'hospitals', [])
    return Array.from(operators as Iterable<string>, addressOf)
  }

  /** Where the current contract says so of the grant; undefined when it does not. */
  async placeOf(patient: Address, grant: Hex32, kind: ConsentEvent['kind']): Promise<EventPlace | undefined> {
    const at = await this.consent()
    const { accessEnd, isRevoked } = await this.consentOf(at, patient, grant)
    if (kind === 'granted' ? accessEnd === 0 || isRevoked : !isRevoked) return undefined
    const events = await this.events(at, 0, 'latest', grant)
    return events.find((event) => event.kind === kind && event.patient === patient)
  }

  /** Grants and revocations in the blocks from `from` to `to`, in order; of one grant, or all. */
  async events(
    at: Address,
    from: number,
    to: number | 'latest',
    grant?: Hex32,
  ): Promise<readonly ConsentEvent[]> {
    const topics = [[GRANTED, REVOKED], null, grant ?? null]
    const filter = { address: at, fromBlock: hex(from), toBlock: to === 'latest' ? to : hex(to), topics }
    const logs = (await this.#chain.request({ method: 'eth_getLogs', params: [filter] })) as readonly RawLog[]
    return logs.map(({ topics: [event, patient = '', granted = ''], transactionHash, blockNumber }) => ({
      kind: event === GRANTED ? 'granted' : 'revoked',
      patient: addressOf(`0x${patient.slice(-40)}`),
      grant: parseHex32(granted),
      transaction: parseHex32(transactionHash),
      blockNumber: Number(blockNumber),
    }))
  }

  async #call(contract: Interface, to: Address, name: string, values: readonly unknown[]) {
    const call = { to, data: contract.encodeFunctionData(name, values) }
    const answer = await this.#chain.request({ method: 'eth_call', params: [call, 'latest'] })
    return contract.decodeFunctionResult(name, String(answer)) as readonly unknown[]
  }
}

interface RawLog {
  readonly topics: readonly string[]
  readonly transactionHash: string
  readonly blockNumber: string
}
