import { join } from 'node:path'
import { abi as anchorAbi } from '@hygeia/contracts/anchor'
import { Validator } from '@hygeia/daemon/chain/embedded/validator'
import { readGenesis } from '@hygeia/daemon/init/genesis'
import { readKeys } from '@hygeia/daemon/init/keys'
import { Interface, keccak256, toBeHex } from 'ethers'
import { pino } from 'pino'
import { SimulatedClock } from '../../../daemon/test/chain/support/simulated-clock.ts'
import { accountOf, type ContractCall, contractCalls, planOf } from './contract-calls.ts'

export interface LongChainOptions {
  /** Folder that `init` made. */
  readonly dir: string
  readonly blocks: number
  readonly periodSec: number
}

export interface Receipt {
  readonly status: string
  readonly blockNumber: string
  readonly transactionHash: string
}

/** What was done on a chain. */
export interface LongChain {
  readonly head: { readonly number: number; readonly hash: string }
  readonly calls: readonly (ContractCall & { readonly receipt: Receipt })[]
  /** Root that was anchored in the newest block but a few. */
  readonly lastRoot: string
  readonly anchors: number
}

const DEPLOY_GAS = 4_600_000
const CALL_GAS = 400_000
const onAnchor = new Interface(anchorAbi)

/** Seal a hospital's chain in simulated time, with every call of the contracts spread over it. Ends a little before now. */
export async function sealLongChain({ dir, blocks, periodSec }: LongChainOptions): Promise<LongChain> {
  const keys = await readKeys(join(dir, 'keys'))
  const { json: genesis } = await readGenesis(join(dir, 'keys'))
  const wallMs = Date.now() - blocks * periodSec * 1_200
  const clock = new SimulatedClock({ wallMs })
  let height = 0
  const validator = await Validator.open(
    {
      dir: join(dir, 'data', 'chain'),
      genesis,
      signerKey: keys.accounts.validator.key,
      rpc: { host: '127.0.0.1', port: 0 },
    },
    {
      clock,
      log: pino({ level: 'silent' }),
      onHead: ({ number }) => {
        height = number
      },
    },
  )
  const send = sender(validator)
  const sent: { call: ContractCall; hash: string }[] = []
  const anchor = {
    from: accountOf(keys, 'anchor'),
    to: planOf(keys, validator.info.genesisHash).anchor.address,
  }
  let lastRoot = ''
  let anchors = 0
  try {
    await validator.start()
    const calls = await contractCalls(keys, validator.info)
    const every = Math.floor((blocks - 10) / calls.length)
    while (height < blocks) {
      const call = calls[sent.length]
      if (call !== undefined && height >= sent.length * every)
        sent.push({ call, hash: await send(call, DEPLOY_GAS) })
      // Ordinary days: an anchor in each block, once there is a contract for it.
      else if (sent.length > 4 && height < blocks - 3) {
        lastRoot = keccak256(toBeHex(height, 32))
        const data = onAnchor.encodeFunctionData('anchor', [0, lastRoot, 1, keccak256(lastRoot)])
        await send({ ...anchor, what: 'anchor', data }, CALL_GAS)
        anchors++
      }
      await clock.pass(periodSec * 1_000)
    }
    const receipts = await Promise.all(
      sent.map(async ({ call, hash }) => {
        const receipt = await validator.call('eth_getTransactionReceipt', [hash])
        return { ...call, receipt: receipt as Receipt }
      }),
    )
    if (receipts.length < calls.length) throw new Error('not every call was made')
    const { number, hash } = validator.head(clock.now())
    return { head: { number, hash }, calls: receipts, lastRoot, anchors }
  } finally {
    await validator.stop()
  }
}

/** Signs and sends, with each kind of transaction in turn. */
function sender(validator: Validator) {
  const nonces = new Map<string, number>()
  let turn = 0
  return async ({ from, to, data }: ContractCall, gasLimit: number): Promise<string> => {
    const nonce = nonces.get(from.address) ?? 0
    nonces.set(from.address, nonce + 1)
    const shared = { chainId: validator.info.chainId, nonce, to, data, gasLimit }
    const kinds = [
      { type: 0, gasPrice: 10n ** 11n },
      { type: 1, gasPrice: 10n ** 11n, accessList: [{ address: from.address, storageKeys: [] }] },
      { type: 2, maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: BigInt(turn) },
    ]
    const raw = await from.signTransaction({ ...shared, ...kinds[turn++ % kinds.length] })
    return String(await validator.call('eth_sendRawTransaction', [raw]))
  }
}
