import { AbiCoder, concat, getCreateAddress, Interface } from 'ethers'
import { bytecode as anchorCode } from '../generated/anchor.ts'
import { bytecode as consentCode } from '../generated/consent.ts'
import { abi as directoryAbi, bytecode as directoryCode } from '../generated/directory.ts'

/** One hospital by its keys: addresses each of its own, and keccak256 of the proxy's public key. */
export interface FoundingHospital {
  readonly operator: string
  readonly anchor: string
  readonly relay: string
  readonly receipt: string
  readonly proxyKeyDigest: string
}

export interface DeployOptions {
  /** Account that sends the three deployments. */
  readonly deployer: string
  /** Its transaction count before the first of them. */
  readonly nonce: number
  /** Hash of block 0. */
  readonly genesisHash: string
  /** Hospitals that the consortium begins with: at least one, and within 4.7 M gas at most eight; others by vote. */
  readonly founding: readonly FoundingHospital[]
}

export interface Deployment {
  /** Account nonce that the deployer must send this with, or it lands elsewhere. */
  readonly nonce: number
  /** Address that the contract gets. */
  readonly address: string
  /** Creation code and constructor arguments; the transaction has no `to`. */
  readonly data: string
}

export interface DeployPlan {
  /** Permanent, and first: the others are built on its address. */
  readonly directory: Deployment
  readonly consent: Deployment
  readonly anchor: Deployment
  /** Sent by operators after the deployments, until a majority of the founding hospitals has. */
  readonly setContracts: { readonly to: string; readonly data: string }
}

const coder = AbiCoder.defaultAbiCoder()
const directoryInterface = new Interface(directoryAbi)

/**
 * What to send for a new consortium: `Directory`, `Consent` and `Anchor` in this order, then the operators' votes.
 * The same options give the same plan, so that it can be resumed at any point.
 *
 * @throws {TypeError} `INVALID_ARGUMENT` from ethers when an address or digest is malformed
 */
export function deployPlan({ deployer, nonce, genesisHash, founding }: DeployOptions): DeployPlan {
  const addressAt = (offset: number) => getCreateAddress({ from: deployer, nonce: nonce + offset })
  const [directory, consent, anchor] = [addressAt(0), addressAt(1), addressAt(2)]
  const onDirectory = coder.encode(['address'], [directory])
  return {
    directory: {
      nonce,
      address: directory,
      data: concat([directoryCode, encodeDirectoryArguments(genesisHash, founding)]),
    },
    consent: { nonce: nonce + 1, address: consent, data: concat([consentCode, onDirectory]) },
    anchor: { nonce: nonce + 2, address: anchor, data: concat([anchorCode, onDirectory]) },
    setContracts: {
      to: directory,
      data: directoryInterface.encodeFunctionData('setContracts', [consent, anchor]),
    },
  }
}

function encodeDirectoryArguments(genesisHash: string, founding: readonly FoundingHospital[]): string {
  const hospitals = founding.map((it) => [it.operator, it.anchor, it.relay, it.receipt, it.proxyKeyDigest])
  return coder.encode(
    ['bytes32', 'tuple(address,address,address,address,bytes32)[]'],
    [genesisHash, hospitals],
  )
}
