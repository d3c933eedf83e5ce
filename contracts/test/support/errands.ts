import { Interface, keccak256, type Wallet } from 'ethers'
import type { DeployPlan } from '../../deploy/plan.ts'
import * as anchor from '../../generated/anchor.ts'
import * as consent from '../../generated/consent.ts'
import * as directory from '../../generated/directory.ts'
import { type StatementName, statementTypes } from './statements.ts'

export interface Errand {
  readonly what: string
  readonly from: Wallet
  readonly to: string
  readonly data: string
}

export interface ErrandOptions {
  readonly plan: DeployPlan
  readonly chainId: number
  readonly genesisHash: string
  readonly patient: Wallet
  readonly physician: Wallet
  readonly device: Wallet
  /** Any account with ether. */
  readonly relay: Wallet
  /** Operators of a majority. */
  readonly operators: readonly Wallet[]
  /** Anchor account of an active hospital. */
  readonly anchor: Wallet
}

const DEADLINE = 2n ** 63n
const ROOT = keccak256('0x01')
const GRANT = keccak256('0x02')
const DIGEST = keccak256('0x03')
const INCARNATION = '0x0123456789abcdef'

const onDirectory = new Interface(directory.abi)
const onConsent = new Interface(consent.abi)
const onAnchor = new Interface(anchor.abi)

/** One of each transaction between patients, physicians and hospitals, in an order in which all succeed. */
export async function errands(options: ErrandOptions): Promise<readonly Errand[]> {
  const { plan, chainId, genesisHash, patient, physician, device, relay, operators } = options
  const verifyingContract = plan.directory.address
  const domain = { name: 'Hygeia', version: '1', chainId, verifyingContract, salt: genesisHash }
  const sign = (signer: Wallet, name: StatementName, message: Record<string, unknown>) =>
    signer.signTypedData(domain, statementTypes(name), message)
  const toDirectory = (what: string, call: string, ...args: readonly unknown[]): Errand => ({
    what,
    from: relay,
    to: plan.directory.address,
    data: onDirectory.encodeFunctionData(call, args),
  })
  const toConsent = (what: string, call: string, ...args: readonly unknown[]): Errand => ({
    what,
    from: relay,
    to: plan.consent.address,
    data: onConsent.encodeFunctionData(call, args),
  })
  const toAnchor = (what: string): Errand => ({
    what,
    from: options.anchor,
    to: plan.anchor.address,
    data: onAnchor.encodeFunctionData('anchor', [0, ROOT, 8192, DIGEST]),
  })

  const [p, d] = [patient.address, device.address]
  const once = (nonce: number) => ({ nonce, deadline: DEADLINE })
  const byPatient = await sign(patient, 'RegisterPatient', { patient: p, ...once(0) })
  const person = { physician: physician.address, keyDigest: DIGEST, ...once(0) }
  const byPhysician = await sign(physician, 'RegisterPhysician', person)
  const binding = { device: d, patient: p, ...once(1) }
  const bound = [await sign(device, 'BindDevice', binding), await sign(patient, 'BindDevice', binding)]
  const permission = { patient: p, grant: GRANT, accessEnd: 2n ** 40n, ...once(2) }
  const granted = await sign(patient, 'GrantConsent', permission)
  const revoked = await sign(patient, 'RevokeConsent', { patient: p, grant: GRANT })
  const ending = { device: d, patient: p, incarnation: INCARNATION, lastSequence: 9, ...once(3) }
  const ended = await sign(patient, 'SuspendDevice', ending)
  const admission = toDirectory('admitPhysician', 'admitPhysician', physician.address)
  return [
    toDirectory('registerPatient', 'registerPatient', p, 0, DEADLINE, byPatient),
    toDirectory(
      'registerPhysician',
      'registerPhysician',
      physician.address,
      DIGEST,
      0,
      DEADLINE,
      byPhysician,
    ),
    ...operators.map((from, index) => ({ ...admission, from, what: `admitPhysician, vote ${index + 1}` })),
    toDirectory('bindDevice', 'bindDevice', d, p, 1, DEADLINE, ...bound),
    toConsent('grant', 'grant', p, GRANT, 2n ** 40n, 2, DEADLINE, granted),
    toConsent('revoke', 'revoke', p, GRANT, revoked),
    toConsent('revoke again', 'revoke', p, GRANT, revoked),
    toDirectory('suspendDevice', 'suspendDevice', d, p, INCARNATION, 9, 3, DEADLINE, ended),
    toAnchor('anchor'),
    toAnchor('anchor of a known root'),
  ]
}
