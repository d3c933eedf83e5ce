import type { TypedDataField } from 'ethers'

const STATEMENTS = {
  RegisterPatient: 'address patient,uint256 nonce,uint256 deadline',
  RegisterPhysician: 'address physician,bytes32 keyDigest,uint256 nonce,uint256 deadline',
  BindDevice: 'address device,address patient,uint256 nonce,uint256 deadline',
  SuspendDevice:
    'address device,address patient,bytes8 incarnation,uint64 lastSequence,uint256 nonce,uint256 deadline',
  GrantConsent: 'address patient,bytes32 grant,uint64 accessEnd,uint256 nonce,uint256 deadline',
  RevokeConsent: 'address patient,bytes32 grant',
  OpenEmergency:
    'address patient,bytes32 grant,bytes32 reason,address hospital,uint256 nonce,uint256 deadline',
} as const

export type StatementName = keyof typeof STATEMENTS

/** What is signed for the contracts, in the form that ethers takes. */
export function statementTypes(name: StatementName): Record<string, TypedDataField[]> {
  const fields = STATEMENTS[name].split(',').map((field) => {
    const [type = '', label = ''] = field.split(' ')
    return { type, name: label }
  })
  return { [name]: fields }
}
