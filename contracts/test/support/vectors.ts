import { writeFileSync } from 'node:fs'
import { getCreateAddress, type TypedDataDomain, TypedDataEncoder, Wallet } from 'ethers'
import { type StatementName, statementTypes } from './statements.ts'

/** Where the vectors lie: add to them, never change what is there. */
export const VECTORS = new URL('../vectors/typed-data.json', import.meta.url)

const DEPLOYER = '0x00000000000000000000000000000000000de901'
const GENESIS = '0x9f1c5b0a8d7e6f4031425364758697a8b9cadbecfd0e1f2031425364758697a8'
/** Above 2^32, so that a truncation shows. */
const CHAIN_ID = 4_503_599_627_370_001
const DEADLINE = '1893456000'
const GRANT = `0x${'6d'.repeat(32)}`
const MAX_UINT64 = (2n ** 64n - 1n).toString()
const MAX_UINT256 = (2n ** 256n - 1n).toString()

const patient = new Wallet(`0x${'a1'.repeat(32)}`)
const physician = new Wallet(`0x${'b2'.repeat(32)}`)
const device = new Wallet(`0x${'c3'.repeat(32)}`)
const witness = new Wallet(`0x${'d4'.repeat(32)}`)

const domain: TypedDataDomain = {
  name: 'Hygeia',
  version: '1',
  chainId: CHAIN_ID,
  verifyingContract: getCreateAddress({ from: DEPLOYER, nonce: 0 }),
  salt: GENESIS,
}

/** Every statement that the contracts take, as ethers hashes and signs it; extremes where a type has them. */
export function typedDataVectors() {
  const pair = { device: device.address, patient: patient.address }
  return {
    domain: { ...domain, deployer: DEPLOYER, separator: TypedDataEncoder.hashDomain(domain) },
    registerPatient: vector('RegisterPatient', [patient], {
      patient: patient.address,
      nonce: MAX_UINT256,
      deadline: DEADLINE,
    }),
    registerPhysician: vector('RegisterPhysician', [physician], {
      physician: physician.address,
      keyDigest: `0x${'5e'.repeat(32)}`,
      nonce: '0',
      deadline: DEADLINE,
    }),
    bindDevice: vector('BindDevice', [device, patient], { ...pair, nonce: '256', deadline: DEADLINE }),
    suspendDevice: vector('SuspendDevice', [patient], {
      ...pair,
      incarnation: '0x0123456789abcdef',
      lastSequence: MAX_UINT64,
      nonce: '257',
      deadline: DEADLINE,
    }),
    grantConsent: vector('GrantConsent', [patient], {
      patient: patient.address,
      grant: GRANT,
      accessEnd: MAX_UINT64,
      nonce: '1',
      deadline: DEADLINE,
    }),
    openEmergency: vector('OpenEmergency', [witness], {
      patient: patient.address,
      grant: GRANT,
      reason: `0x${'7e'.repeat(32)}`,
      hospital: physician.address,
      nonce: '2',
      deadline: DEADLINE,
    }),
    revokeConsent: vector('RevokeConsent', [patient], { patient: patient.address, grant: GRANT }),
  }
}

function vector(name: StatementName, signers: readonly Wallet[], message: Record<string, string>) {
  const digest = TypedDataEncoder.hash(domain, statementTypes(name), message)
  return { message, digest, signatures: signers.map((signer) => signer.signingKey.sign(digest).serialized) }
}

if (import.meta.main) writeFileSync(VECTORS, `${JSON.stringify(typedDataVectors(), undefined, 2)}\n`)
