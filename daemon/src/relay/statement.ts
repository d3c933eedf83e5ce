import { abi as consentAbi } from '@hygeia/contracts/consent'
import { abi as directoryAbi } from '@hygeia/contracts/directory'
import { type Address, fromHex, type Hex } from '@hygeia/protocol/ids'
import { toContractSignature } from '@hygeia/protocol/signature'
import {
  BIND_DEVICE,
  GRANT_CONSENT,
  OPEN_EMERGENCY,
  REGISTER_PATIENT,
  REGISTER_PHYSICIAN,
  REVOKE_CONSENT,
  type RelayRequest,
  SUSPEND_DEVICE,
} from '@hygeia/protocol/typed-data/chain'
import { digestOf, type Realm } from '@hygeia/protocol/typed-data/domain'
import { Interface } from 'ethers'

const directory = new Interface(directoryAbi)
const consent = new Interface(consentAbi)

/** A statement as the relay handles it: who must have signed what, and the call that carries it. */
export interface Statement {
  readonly kind: RelayRequest['kind']
  /** What was signed, 32 bytes. */
  readonly digest: Uint8Array
  /** Who must have signed, with the signature that is said to be theirs; first whose relay share is used. */
  readonly signers: readonly { readonly address: Address; readonly signature: Uint8Array }[]
  /** Unix seconds; undefined for a statement that does not expire. */
  readonly deadline: number | undefined
  readonly contract: 'directory' | 'consent'
  readonly data: Hex
  readonly gasLimit: number
}

/**
 * Gas that each kind may use: what the contract needs with cold storage (75,000 for a patient, 98,000 for a
 * physician, 84,000 to bind, 85,000 to grant, 125,000 to open in an emergency), and a quarter more. Close, because the relay's share of a block is
 * counted in limits.
 */
const GAS_LIMITS: Record<RelayRequest['kind'], number> = {
  'register-patient': 95_000,
  'register-physician': 125_000,
  'bind-device': 105_000,
  'suspend-device': 105_000,
  grant: 108_000,
  revoke: 75_000,
  'open-emergency': 160_000,
}

/** @throws {MalformedError} when a signature is malformed or has a high s */
export function statementOf(realm: Realm, request: RelayRequest): Statement {
  const { kind } = request
  const gasLimit = GAS_LIMITS[kind]
  switch (kind) {
    case 'register-patient': {
      const { message, signature } = request
      const { patient, nonce, deadline } = message
      return {
        kind,
        digest: digestOf(realm, REGISTER_PATIENT, message),
        signers: [signerOf(patient, signature)],
        deadline,
        contract: 'directory',
        data: onDirectory('registerPatient', [patient, nonce, deadline, forContract(signature)]),
        gasLimit,
      }
    }
    case 'register-physician': {
      const { message, signature } = request
      const { physician, keyDigest, nonce, deadline } = message
      const call = [physician, keyDigest, nonce, deadline, forContract(signature)]
      return {
        kind,
        digest: digestOf(realm, REGISTER_PHYSICIAN, message),
        signers: [signerOf(physician, signature)],
        deadline,
        contract: 'directory',
        data: onDirectory('registerPhysician', call),
        gasLimit,
      }
    }
    case 'bind-device': {
      const { message, deviceSignature, patientSignature } = request
      const { device, patient, nonce, deadline } = message
      const signatures = [forContract(deviceSignature), forContract(patientSignature)]
      return {
        kind,
        digest: digestOf(realm, BIND_DEVICE, message),
        signers: [signerOf(patient, patientSignature), signerOf(device, deviceSignature)],
        deadline,
        contract: 'directory',
        data: onDirectory('bindDevice', [device, patient, nonce, deadline, ...signatures]),
        gasLimit,
      }
    }
    case 'suspend-device': {
      const { message, signature } = request
      const { device, patient, incarnation, lastSequence, nonce, deadline } = message
      const call = [device, patient, incarnation, lastSequence, nonce, deadline, forContract(signature)]
      return {
        kind,
        digest: digestOf(realm, SUSPEND_DEVICE, message),
        signers: [signerOf(patient, signature)],
        deadline,
        contract: 'directory',
        data: onDirectory('suspendDevice', call),
        gasLimit,
      }
    }
    case 'grant': {
      const { message, signature } = request
      const { patient, grant, accessEnd, nonce, deadline } = message
      const call = [patient, grant, accessEnd, nonce, deadline, forContract(signature)]
      return {
        kind,
        digest: digestOf(realm, GRANT_CONSENT, message),
        signers: [signerOf(patient, signature)],
        deadline,
        contract: 'consent',
        data: onConsent('grant', call),
        gasLimit,
      }
    }
    case 'revoke': {
      const { message, signature } = request
      return {
        kind,
        digest: digestOf(realm, REVOKE_CONSENT, message),
        signers: [signerOf(message.patient, signature)],
        deadline: undefined,
        contract: 'consent',
        data: onConsent('revoke', [message.patient, message.grant, forContract(signature)]),
        gasLimit,
      }
    }
    case 'open-emergency': {
      const { message, witness, signature } = request
      const { patient, grant, reason, nonce, deadline } = message
      const call = [patient, grant, reason, witness, nonce, deadline, forContract(signature)]
      return {
        kind,
        digest: digestOf(realm, OPEN_EMERGENCY, message),
        // Signed by a key of the witness that the contract alone knows to be its present one.
        signers: [],
        deadline,
        contract: 'consent',
        data: onConsent('openEmergency', call),
        gasLimit,
      }
    }
  }
}

const signerOf = (address: Address, signature: Hex) => ({ address, signature: fromHex(signature) })
const forContract = (signature: Hex) => toContractSignature(fromHex(signature))
const onDirectory = (name: string, values: readonly unknown[]) =>
  directory.encodeFunctionData(name, values) as Hex
const onConsent = (name: string, values: readonly unknown[]) =>
  consent.encodeFunctionData(name, values) as Hex
