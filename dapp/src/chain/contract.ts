import { type Address, addressOf, parseAddress } from '@hygeia/protocol/ids'
import { Interface, type InterfaceAbi, type Provider, type Result } from 'ethers'

/** Reads one contract. Calls are typed by what wraps it. */
export class ContractReader {
  readonly address: Address
  readonly interface: Interface
  readonly #provider: Provider

  constructor(provider: Provider, address: Address, abi: InterfaceAbi) {
    this.#provider = provider
    this.address = address
    this.interface = new Interface(abi)
  }

  /** @throws {TypeError} from ethers when nothing of the kind is at the address */
  async call(name: string, values: readonly unknown[]): Promise<Result> {
    const data = this.interface.encodeFunctionData(name, values)
    return this.interface.decodeFunctionResult(name, await this.#provider.call({ to: this.address, data }))
  }
}

export const ZERO_ADDRESS = parseAddress(`0x${'00'.repeat(20)}`)

export function addressIn(result: Result, index: number): Address {
  return addressOf(String(result[index]))
}
