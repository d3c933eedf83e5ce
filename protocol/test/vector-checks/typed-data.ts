import { fromHex } from '../../src/ids.ts'
import { ANCHOR_STATEMENT } from '../../src/receipt/receipt.ts'
import { recoverAddress, toContractSignature } from '../../src/signature.ts'
import {
  BIND_DEVICE,
  GRANT_CONSENT,
  OPEN_EMERGENCY,
  REGISTER_PATIENT,
  REGISTER_PHYSICIAN,
  REVOKE_CONSENT,
  SUSPEND_DEVICE,
} from '../../src/typed-data/chain.ts'
import { digestOf, domainSeparator, type Statement } from '../../src/typed-data/domain.ts'
import vectors from '../vectors/typed-data.json' with { type: 'json' }
import { type Checks, same } from './assert.ts'
import { realm, signerOf } from './realm.ts'

const { domain, ...statements } = vectors
const defined: Record<keyof typeof statements, Pick<Statement<object>, 'primary' | 'types'>> = {
  RegisterPatient: REGISTER_PATIENT,
  RegisterPhysician: REGISTER_PHYSICIAN,
  BindDevice: BIND_DEVICE,
  SuspendDevice: SUSPEND_DEVICE,
  GrantConsent: GRANT_CONSENT,
  RevokeConsent: REVOKE_CONSENT,
  OpenEmergency: OPEN_EMERGENCY,
  AnchorStatement: ANCHOR_STATEMENT,
}

export const typedDataChecks: Checks = {
  'typed data: domain': () => same(domainSeparator(realm), domain.separator, 'separator'),
  ...Object.fromEntries(
    Object.entries(statements).map(([name, vector]) => [
      `typed data: ${name}`,
      () => {
        const statement = defined[name as keyof typeof statements]
        same(statement.primary, name, 'primary type')
        const digest = digestOf(realm, statement, vector.message)
        same(digest, vector.digest, 'digest')
        const signer = signerOf(vector)
        same(signer.address, vector.signer, 'address')
        same(signer.sign(digest), vector.signature, 'signature')
        same(recoverAddress(digest, fromHex(vector.signature)), vector.signer, 'recovered')
        same(toContractSignature(fromHex(vector.signature)), vector.contractSignature, 'for contracts')
      },
    ]),
  ),
}
