import { type DeployPlan, deployPlan } from '@hygeia/contracts/deploy/plan'
import { abi } from '@hygeia/contracts/directory'
import { addressesOf, type HospitalKeys } from '@hygeia/daemon/init/keys'
import { hexlify, Interface, keccak256, Wallet } from 'ethers'
import { errands } from '../../../contracts/test/support/errands.ts'
import { statementTypes } from '../../../contracts/test/support/statements.ts'
import { walletOf } from './geth-node.ts'

/** One transaction to a contract, or a deployment. */
export interface ContractCall {
  readonly what: string
  readonly from: Wallet
  readonly to: string | null
  readonly data: string
  /** The contract undoes it. */
  readonly isRefused?: boolean
}

export interface ChainFacts {
  readonly chainId: number
  readonly genesisHash: string
}

const onDirectory = new Interface(abi)

export const accountOf = ({ accounts }: HospitalKeys, name: 'operator' | 'anchor' | 'relay') =>
  new Wallet(hexlify(accounts[name].key))

export function planOf(keys: HospitalKeys, genesisHash: string): DeployPlan {
  const { operator } = addressesOf(keys)
  return deployPlan({ deployer: operator, nonce: 0, genesisHash, founding: [addressesOf(keys)] })
}

/** Every function of the contracts that changes anything, in an order in which each does what it is for. */
export async function contractCalls(keys: HospitalKeys, facts: ChainFacts): Promise<readonly ContractCall[]> {
  const plan = planOf(keys, facts.genesisHash)
  const [operator, relay] = [accountOf(keys, 'operator'), accountOf(keys, 'relay')]
  const [patient, physician] = [walletOf('patient'), walletOf('physician')]
  const deployments = (['directory', 'consent', 'anchor'] as const).map((name) => ({
    what: `deploy ${name}`,
    from: operator,
    to: null,
    data: plan[name].data,
  }))
  const work = await errands({
    ...{ plan, ...facts, patient, physician, relay, operators: [operator] },
    device: walletOf('device'),
    anchor: accountOf(keys, 'anchor'),
  })
  const call = (from: Wallet, name: string, ...args: readonly unknown[]): ContractCall => ({
    what: name,
    from,
    to: plan.directory.address,
    data: onDirectory.encodeFunctionData(name, args),
  })
  const second = walletOf('second device')
  const binding = { device: second.address, patient: patient.address, nonce: 4, deadline: 2n ** 63n }
  const domain = {
    ...{ name: 'Hygeia', version: '1', chainId: facts.chainId },
    ...{ verifyingContract: plan.directory.address, salt: facts.genesisHash },
  }
  const sign = (wallet: Wallet) => wallet.signTypedData(domain, statementTypes('BindDevice'), binding)
  const { device, nonce, deadline } = binding
  const another = (role: string) => walletOf(`another hospital's ${role}`).address
  const hospital = [
    another('operator'),
    another('anchor'),
    another('relay'),
    another('receipt'),
    keccak256('0x0a'),
  ]
  return [
    ...deployments,
    { what: 'setContracts', from: operator, ...plan.setContracts },
    ...work,
    {
      ...call(
        relay,
        'bindDevice',
        device,
        patient.address,
        nonce,
        deadline,
        await sign(second),
        await sign(patient),
      ),
      what: 'bindDevice of a second device',
    },
    call(operator, 'suspendDeviceByHospitals', device, '0x0123456789abcdef', 7),
    call(operator, 'suspendPhysician', physician.address),
    call(operator, 'reinstatePhysician', physician.address),
    { ...call(relay, 'useNonce', patient.address, 99), isRefused: true },
    call(operator, 'admitHospital', hospital),
    // With two hospitals one vote is no majority: the ballot stays open.
    call(operator, 'suspendHospital', another('operator')),
  ]
}
