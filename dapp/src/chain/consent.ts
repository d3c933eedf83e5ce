import { abi } from '@hygeia/contracts/consent'
import type { Address, Hex32 } from '@hygeia/protocol/ids'
import type { Provider } from 'ethers'
import { ContractReader } from './contract.ts'

/** What patients allow, as the chain has it. @see contracts/src/interfaces/IConsent.sol */
export class Consent {
  readonly #contract: ContractReader

  constructor(provider: Provider, address: Address) {
    this.#contract = new ContractReader(provider, address, abi)
  }

  async isActive(patient: Address, grant: Hex32): Promise<boolean> {
    return (await this.#contract.call('isActive', [patient, grant]))[0] === true
  }

  /** `accessEnd` in Unix seconds, 0 when never granted. */
  async of(patient: Address, grant: Hex32): Promise<{ accessEnd: number; isRevoked: boolean }> {
    const [accessEnd, isRevoked] = await this.#contract.call('consentOf', [patient, grant])
    return { accessEnd: Number(accessEnd), isRevoked: isRevoked === true }
  }
}
