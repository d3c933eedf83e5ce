import { Contract, JsonRpcProvider, keccak256, toBeHex, Wallet } from 'ethers'
import t, { type Test } from 'tap'
import { type DeployPlan, deployPlan, type FoundingHospital } from '../../../deploy/plan.ts'
import { isRuntimeOf } from '../../../deploy/runtime.ts'
import * as anchor from '../../../generated/anchor.ts'
import * as consent from '../../../generated/consent.ts'
import * as directory from '../../../generated/directory.ts'
import { startAnvil } from '../../support/anvil.ts'
import { errands } from '../../support/errands.ts'

/** The paper's block. */
const GAS_LIMIT = 4_700_000
const CHAIN_ID = 271_828
const GENESIS = keccak256('0x00')
const ETHER = '0xde0b6b3a7640000'

const anvil = await startAnvil({ chainId: CHAIN_ID, gasLimit: GAS_LIMIT })
const provider = new JsonRpcProvider(anvil.url, CHAIN_ID, { staticNetwork: true, cacheTimeout: -1 })
t.teardown(async () => {
  provider.destroy()
  await anvil.stop()
})

const [DEPLOYER, SECOND_DEPLOYER, PATIENT, PHYSICIAN, DEVICE] = [1, 2, 3, 4, 5] as const
const [OPERATOR, ANCHOR, RELAY, RECEIPT] = [0, 1, 2, 3] as const

/** The same key for the same number in every run. */
function walletAt(number: number): Wallet {
  return new Wallet(keccak256(toBeHex(number, 32)), provider)
}

function keyOf(hospital: number, purpose: number = OPERATOR): Wallet {
  return walletAt(1000 + hospital * 10 + purpose)
}

function founders(count: number): FoundingHospital[] {
  return Array.from({ length: count }, (_, hospital) => ({
    operator: keyOf(hospital, OPERATOR).address,
    anchor: keyOf(hospital, ANCHOR).address,
    relay: keyOf(hospital, RELAY).address,
    receipt: keyOf(hospital, RECEIPT).address,
    proxyKeyDigest: keccak256(toBeHex(hospital, 32)),
  }))
}

function planOf(deployer: Wallet, count: number): DeployPlan {
  return deployPlan({ deployer: deployer.address, nonce: 0, genesisHash: GENESIS, founding: founders(count) })
}

/** Send one transaction from a funded account, and see it succeed within one block. */
async function weigh(
  t: Test,
  what: string,
  from: Wallet,
  transaction: { readonly to?: string; readonly data: string },
): Promise<void> {
  await provider.send('anvil_setBalance', [from.address, ETHER])
  const sent = await from.sendTransaction({ ...transaction, gasLimit: GAS_LIMIT })
  const receipt = await sent.wait()
  t.equal(receipt?.status, 1, `${what}: ${receipt?.gasUsed} gas`)
}

t.test('a plan deploys a consortium that works, every transaction within one block', async (t) => {
  const deployer = walletAt(DEPLOYER)
  const plan = planOf(deployer, 3)
  await weigh(t, 'deploy Directory', deployer, { data: plan.directory.data })
  await weigh(t, 'deploy Consent', deployer, { data: plan.consent.data })
  await weigh(t, 'deploy Anchor', deployer, { data: plan.anchor.data })

  const held = new Contract(plan.directory.address, directory.abi, provider)
  await weigh(t, 'setContracts, vote 1', keyOf(0), plan.setContracts)
  t.equal(await held.getFunction('consent')(), `0x${'00'.repeat(20)}`, 'one of three does not decide')
  await weigh(t, 'setContracts, vote 2', keyOf(1), plan.setContracts)
  t.equal(await held.getFunction('consent')(), plan.consent.address)
  t.equal(await held.getFunction('anchor')(), plan.anchor.address)
  t.equal(await held.getFunction('genesisHash')(), GENESIS)

  const work = await errands({
    plan,
    chainId: CHAIN_ID,
    genesisHash: GENESIS,
    patient: walletAt(PATIENT),
    physician: walletAt(PHYSICIAN),
    device: walletAt(DEVICE),
    relay: keyOf(0, RELAY),
    operators: [keyOf(0), keyOf(1)],
    anchor: keyOf(0, ANCHOR),
  })
  for (const { what, from, to, data } of work) await weigh(t, what, from, { to, data })
  const known = work.at(-1)
  if (known === undefined) throw new Error('no anchor')
  await weigh(t, 'anchor of a root that another hospital anchored', keyOf(1, ANCHOR), {
    to: known.to,
    data: known.data,
  })

  const codes = {
    directory: await provider.getCode(plan.directory.address),
    consent: await provider.getCode(plan.consent.address),
    anchor: await provider.getCode(plan.anchor.address),
  }
  t.ok(isRuntimeOf(directory, codes.directory), 'the code of Directory is known')
  t.ok(isRuntimeOf(consent, codes.consent), 'the code of Consent is known')
  t.ok(isRuntimeOf(anchor, codes.anchor), 'the code of Anchor is known')
  t.notOk(isRuntimeOf(anchor, codes.consent), 'and not taken for another')
  t.notOk(isRuntimeOf(anchor, '0x'), 'nor is an account without code')
})

t.test('eight hospitals can found a consortium within one block', async (t) => {
  const deployer = walletAt(SECOND_DEPLOYER)
  await weigh(t, 'deploy Directory', deployer, { data: planOf(deployer, 8).directory.data })
})

t.test('the same options give the same plan, and others another', async (t) => {
  const options = {
    deployer: walletAt(DEPLOYER).address,
    nonce: 5,
    genesisHash: GENESIS,
    founding: founders(1),
  }
  const plan = deployPlan(options)
  t.same(deployPlan(options), plan)
  t.same([plan.directory.nonce, plan.consent.nonce, plan.anchor.nonce], [5, 6, 7])
  t.equal(deployPlan({ ...options, nonce: 6 }).directory.address, plan.consent.address)
  t.not(deployPlan({ ...options, deployer: keyOf(0).address }).directory.address, plan.directory.address)
  t.not(deployPlan({ ...options, genesisHash: keccak256('0x01') }).directory.data, plan.directory.data)
  t.throws(() => deployPlan({ ...options, genesisHash: '0x01' }), { code: 'INVALID_ARGUMENT' })
})
