import * as anchor from '@hygeia/contracts/anchor'
import * as consent from '@hygeia/contracts/consent'
import { type Deployment, deployPlan } from '@hygeia/contracts/deploy/plan'
import type { RuntimeCode } from '@hygeia/contracts/deploy/runtime'
import { isRuntimeOf } from '@hygeia/contracts/deploy/runtime'
import * as directory from '@hygeia/contracts/directory'
import { CodedError } from '@hygeia/protocol/errors'
import { type Address, addressOf, type Hex } from '@hygeia/protocol/ids'
import type { Logger } from '@hygeia/runtime/log'
import { Interface } from 'ethers'
import type { ChainEngine } from '../chain/engine.ts'
import type { HospitalAddresses } from '../init/keys.ts'
import type { Transactor } from '../transactor/transactor.ts'

export type DeploymentFault =
  /** The operator's account was used for something else first, so that the contracts would get other addresses. */
  | { readonly code: 'OPERATOR_ACCOUNT_USED'; readonly nonce: number }
  /** There is no code at the address of a contract that is said to be there. */
  | { readonly code: 'CONTRACT_MISSING'; readonly contract: string; readonly address: Address }
  /** The code at an address is not this version's. */
  | { readonly code: 'CONTRACT_CODE_DIFFERS'; readonly contract: string; readonly address: Address }

export class DeploymentError extends CodedError<DeploymentFault> {}

/** Where the contracts are. */
export interface Contracts {
  readonly directory: Address
  readonly consent: Address
  readonly anchor: Address
}

export interface DeploymentDeps {
  readonly engine: ChainEngine
  /** Of the operator's account, which deploys with its first three transactions. */
  readonly operator: Transactor
  readonly hospital: HospitalAddresses
  readonly log: Logger
}

const directoryInterface = new Interface(directory.abi)

/**
 * Find the contracts of this chain, deploying what is missing; goes on where a killed start left off.
 *
 * @throws {DeploymentError}
 */
export async function ensureContracts(deps: DeploymentDeps): Promise<Contracts> {
  const { engine, operator, hospital, log } = deps
  await operator.settled()
  const plan = deployPlan({
    deployer: hospital.operator,
    nonce: 0,
    genesisHash: engine.info.genesisHash,
    founding: [{ ...hospital }],
  })
  await ensureCode(deps, 'Directory', plan.directory, directory)
  await ensureCode(deps, 'Consent', plan.consent, consent)
  await ensureCode(deps, 'Anchor', plan.anchor, anchor)
  const current = await call(engine, plan.directory.address, 'consent')
  if (BigInt(current) === 0n) {
    await send(deps, plan.setContracts.to, plan.setContracts.data)
    log.info('contracts set in the Directory')
  }
  return {
    directory: addressOf(plan.directory.address),
    consent: addressOf(plan.consent.address),
    anchor: addressOf(plan.anchor.address),
  }
}

/**
 * Find the contracts of a consortium that others founded, and hold their code to this version's.
 *
 * @param address - the permanent Directory
 * @throws {DeploymentError}
 */
export async function findContracts(engine: ChainEngine, address: Address): Promise<Contracts> {
  await requireCode(engine, 'Directory', address, directory)
  const current = async (name: 'consent' | 'anchor') =>
    addressOf(`0x${(await call(engine, address, name)).slice(-40)}`)
  const contracts = { directory: address, consent: await current('consent'), anchor: await current('anchor') }
  await requireCode(engine, 'Consent', contracts.consent, consent)
  await requireCode(engine, 'Anchor', contracts.anchor, anchor)
  return contracts
}

async function requireCode(
  engine: ChainEngine,
  name: string,
  address: Address,
  expected: RuntimeCode,
): Promise<void> {
  const code = await codeAt(engine, address)
  if (code === '0x') {
    throw new DeploymentError(
      `there is no ${name} at ${address} on this chain: wait until the node has caught up, or correct consortium.directory`,
      { code: 'CONTRACT_MISSING', contract: name, address },
    )
  }
  if (!isRuntimeOf(expected, code)) throw differs(name, address)
}

function differs(contract: string, address: Address): DeploymentError {
  return new DeploymentError(`the ${contract} on this chain is of another version`, {
    code: 'CONTRACT_CODE_DIFFERS',
    contract,
    address,
  })
}

async function ensureCode(
  deps: DeploymentDeps,
  name: string,
  step: Deployment,
  expected: RuntimeCode,
): Promise<void> {
  const { engine, hospital, log } = deps
  const address = addressOf(step.address)
  const code = await codeAt(engine, address)
  if (code === '0x') {
    const nonce = Number(
      await engine.request({ method: 'eth_getTransactionCount', params: [hospital.operator, 'latest'] }),
    )
    if (nonce !== step.nonce) {
      throw new DeploymentError(
        'the operator account has sent other transactions: begin with a new genesis',
        {
          code: 'OPERATOR_ACCOUNT_USED',
          nonce,
        },
      )
    }
    await send(deps, null, step.data)
    log.info({ contract: name, address }, 'contract deployed')
    return
  }
  if (!isRuntimeOf(expected, code)) throw differs(name, address)
}

async function send(
  { engine, operator, hospital }: DeploymentDeps,
  to: string | null,
  data: string,
): Promise<void> {
  const estimate = await engine.request({
    method: 'eth_estimateGas',
    params: [{ from: hospital.operator, data, ...(to === null ? {} : { to }) }],
  })
  // A tenth more, for what an estimate cannot know.
  const gasLimit = Math.ceil(Number(estimate) * 1.1)
  await operator.send({ to: to === null ? null : addressOf(to), data: data as Hex, gasLimit })
}

async function codeAt(engine: ChainEngine, address: Address): Promise<string> {
  return String(await engine.request({ method: 'eth_getCode', params: [address, 'latest'] }))
}

async function call(engine: ChainEngine, to: string, name: string): Promise<string> {
  const data = directoryInterface.encodeFunctionData(name, [])
  return String(await engine.request({ method: 'eth_call', params: [{ to, data }, 'latest'] }))
}
