import { TypedDataEncoder } from 'ethers'
import {
  addressOf,
  device,
  domain,
  filled,
  hex,
  hospital,
  patient,
  physician,
  signTyped,
  typesOf,
} from './world.ts'

const hash = (seed: number) => hex(filled(32, seed))

/** Every statement, its digest and its signature, from ethers alone. The contracts' tests read these too. */
export async function makeTypedData(): Promise<Record<string, unknown>> {
  const statements = [
    [
      'RegisterPatient(address patient,uint256 nonce,uint256 deadline)',
      patient,
      { patient: addressOf(patient), nonce: '7', deadline: 1_767_225_600 },
    ],
    [
      'RegisterPhysician(address physician,bytes32 keyDigest,uint256 nonce,uint256 deadline)',
      physician,
      {
        physician: addressOf(physician),
        keyDigest: hash(1),
        nonce: (2n ** 256n - 1n).toString(),
        deadline: 1_767_225_600,
      },
    ],
    [
      'BindDevice(address device,address patient,uint256 nonce,uint256 deadline)',
      device,
      {
        device: addressOf(device),
        patient: addressOf(patient),
        nonce: BigInt(hash(2)).toString(),
        deadline: 1_767_225_601,
      },
    ],
    [
      'SuspendDevice(address device,address patient,bytes8 incarnation,uint64 lastSequence,uint256 nonce,uint256 deadline)',
      patient,
      {
        device: addressOf(device),
        patient: addressOf(patient),
        incarnation: hex(filled(8, 3)),
        lastSequence: Number.MAX_SAFE_INTEGER,
        nonce: '0',
        deadline: 1_767_225_602,
      },
    ],
    [
      'GrantConsent(address patient,bytes32 grant,uint64 accessEnd,uint256 nonce,uint256 deadline)',
      patient,
      {
        patient: addressOf(patient),
        grant: hash(4),
        accessEnd: 1_798_761_600,
        nonce: '12',
        deadline: 1_767_225_603,
      },
    ],
    [
      'RevokeConsent(address patient,bytes32 grant)',
      patient,
      { patient: addressOf(patient), grant: hash(4) },
    ],
    [
      'OpenEmergency(address patient,bytes32 grant,bytes32 reason,address hospital,uint256 nonce,uint256 deadline)',
      hospital,
      {
        patient: addressOf(patient),
        grant: hash(4),
        reason: hash(9),
        hospital: addressOf(physician),
        nonce: '13',
        deadline: 1_767_225_604,
      },
    ],
    [
      'AnchorStatement(address hospital,bytes32 root,uint32 count,bytes32 manifest,bytes32 transaction,uint64 blockNumber,bytes32 blockHash)',
      hospital,
      {
        hospital: addressOf(hospital),
        root: hash(5),
        count: 8_192,
        manifest: hash(6),
        transaction: hash(7),
        blockNumber: 123_456,
        blockHash: hash(8),
      },
    ],
  ] as const
  const made = await Promise.all(
    statements.map(async ([struct, wallet, message]) => {
      const types = typesOf(struct)
      const [primary = ''] = Object.keys(types)
      const vector = {
        struct,
        key: wallet.privateKey,
        signer: addressOf(wallet),
        message,
        digest: TypedDataEncoder.hash(domain, types, message),
        signature: await signTyped(wallet, types, message),
        contractSignature: await wallet.signTypedData(domain, types, message),
      }
      return [primary, vector] as const
    }),
  )
  return {
    domain: { ...domain, separator: TypedDataEncoder.hashDomain(domain) },
    ...Object.fromEntries(made),
  }
}
