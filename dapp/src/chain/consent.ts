import { abi } from '@hygeia/contracts/consent'
import type { Grant } from '@hygeia/protocol/grant/grant'
import { type Address, type Hex32, parseHex32 } from '@hygeia/protocol/ids'
import type { UnixMs } from '@hygeia/protocol/units'
import type { Provider } from 'ethers'
import type { GrantState } from '../hospital/answers.ts'
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

  /** When a grant for emergencies was last opened, Unix seconds, 0 when never; and the salted hash of why. */
  async emergencyOf(patient: Address, grant: Hex32): Promise<{ openedAt: number; reason: Hex32 }> {
    const [openedAt, reason] = await this.#contract.call('emergencyOf', [patient, grant])
    return { openedAt: Number(openedAt), reason: parseHex32(String(reason)) }
  }

  /** What the chain says of a grant at this time. @param now - ms since the Unix epoch */
  async stateOf(grant: Grant, hash: Hex32, now: UnixMs): Promise<GrantState> {
    const { accessEnd, isRevoked } = await this.of(grant.patient, hash)
    if (isRevoked) return 'revoked'
    if (accessEnd === 0) return 'pending'
    if (accessEnd * 1_000 <= now) return 'expired'
    if (grant.emergencyMs === undefined) return 'active'
    const { openedAt } = await this.emergencyOf(grant.patient, hash)
    return openedAt > 0 && now < openedAt * 1_000 + grant.emergencyMs ? 'active' : 'sealed'
  }
}
