import { abi } from '@hygeia/contracts/directory'
import {
  type Address,
  type Hex32,
  type Incarnation,
  parseAddress,
  parseHex32,
  parseIncarnation,
} from '@hygeia/protocol/ids'
import { type Provider, Result } from 'ethers'
import { addressIn, ContractReader, ZERO_ADDRESS } from './contract.ts'

// In the order of the contract's enums.
const PHYSICIAN_STATUS = ['unknown', 'registered', 'active', 'suspended'] as const
export const DEVICE_STATUS = ['unknown', 'bound', 'suspended'] as const
export const HOSPITAL_STATUS = ['unknown', 'active', 'suspended'] as const

export interface DeviceRecord {
  readonly patient: Address
  readonly status: (typeof DEVICE_STATUS)[number]
  /** Where a suspended device's valid batches end. */
  readonly incarnation: Incarnation
  readonly lastSequence: number
}

export interface HospitalRecord {
  readonly status: (typeof HOSPITAL_STATUS)[number]
  readonly receipt: Address
  readonly proxyKeyDigest: Hex32
}

/** Who is who, as the chain has it. @see contracts/src/interfaces/IDirectory.sol */
export class Directory {
  readonly #contract: ContractReader
  readonly #provider: Provider

  constructor(provider: Provider, address: Address) {
    this.#provider = provider
    this.#contract = new ContractReader(provider, address, abi)
  }

  async isPatient(patient: Address): Promise<boolean> {
    return (await this.#contract.call('patient', [patient]))[0] === 1n
  }

  async physician(physician: Address) {
    const [status, keyDigest] = await this.#contract.call('physician', [physician])
    return {
      status: PHYSICIAN_STATUS[Number(status)] ?? 'unknown',
      keyDigest: parseHex32(String(keyDigest)),
    }
  }

  async device(device: Address): Promise<DeviceRecord> {
    const result = await this.#contract.call('device', [device])
    return {
      patient: addressIn(result, 0),
      status: DEVICE_STATUS[Number(result[1])] ?? 'unknown',
      incarnation: parseIncarnation(String(result[2])),
      lastSequence: Number(result[3]),
    }
  }

  async hospital(operator: Address): Promise<HospitalRecord> {
    const [keys, status] = await this.#contract.call('hospital', [operator])
    if (!(keys instanceof Result)) throw new TypeError('Directory.hospital does not answer as it should')
    return {
      status: HOSPITAL_STATUS[Number(status)] ?? 'unknown',
      receipt: addressIn(keys, 3),
      proxyKeyDigest: parseHex32(String(keys[4])),
    }
  }

  /** Hospital that `key` belongs to or ever did. */
  async hospitalOf(key: Address): Promise<Address | undefined> {
    const operator = addressIn(await this.#contract.call('hospitalOf', [key]), 0)
    return operator === ZERO_ADDRESS ? undefined : operator
  }

  async genesisHash(): Promise<Hex32> {
    return parseHex32(String((await this.#contract.call('genesisHash', []))[0]))
  }

  async anchor(): Promise<Address> {
    return addressIn(await this.#contract.call('anchor', []), 0)
  }

  async consent(): Promise<Address> {
    return addressIn(await this.#contract.call('consent', []), 0)
  }

  /** Devices ever bound to `patient`, oldest first, from the chain's events. */
  async devicesOf(patient: Address): Promise<readonly Address[]> {
    const { interface: face, address } = this.#contract
    const topics = face.encodeFilterTopics('DeviceBound', [null, patient])
    const logs = await this.#provider.getLogs({ address, topics, fromBlock: 0, toBlock: 'latest' })
    return logs.map(({ topics: [, device = ''] }) => parseAddress(`0x${device.slice(-40)}`))
  }
}
