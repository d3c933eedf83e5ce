import * as anchor from '@hygeia/contracts/anchor'
import * as consent from '@hygeia/contracts/consent'
import { isRuntimeOf } from '@hygeia/contracts/deploy/runtime'
import * as directory from '@hygeia/contracts/directory'
import { MINUTE_MS, SECOND_MS } from '@hygeia/protocol/units'
import type { Clock } from '@hygeia/runtime/clock'
import { Interface } from 'ethers'
import { z } from 'zod'
import type { HospitalAddresses } from '../init/keys.ts'
import { type Finding, unwell, well } from './finding.ts'

/** One JSON-RPC call to the chain of the daemon that runs. */
export type Ask = (method: string, params?: readonly unknown[]) => Promise<unknown>

export interface RunningDeps {
  readonly ask: Ask
  readonly realm: ToldRealm
  readonly hospital: HospitalAddresses
  readonly clock: Clock
}

/** What the daemon says of its chain to everybody. */
export const ToldRealm = z.looseObject({
  directory: z.string(),
  consent: z.string(),
  anchor: z.string(),
  singleSigner: z.boolean(),
})
export type ToldRealm = z.infer<typeof ToldRealm>

const Block = z.looseObject({ timestamp: z.string(), number: z.string() })
/** A head this old means that the chain stands still; the longest period is a minute. */
const STALE_MS = 4 * MINUTE_MS
const AHEAD_MS = 15 * SECOND_MS
const directoryInterface = new Interface(directory.abi)

/** What only the running chain can say: that it moves, who is there, which code the contracts are, and whose keys. */
export async function checkChain({ ask, realm, hospital, clock }: RunningDeps): Promise<readonly Finding[]> {
  const head = Block.parse(await ask('eth_getBlockByNumber', ['latest', false]))
  return [
    checkHead(Number(head.number), Number(head.timestamp) * 1_000 - clock.now()),
    realm.singleSigner ? well('chain peers', 'this hospital seals alone') : await checkPeers(ask),
    await checkCode(ask, 'Directory', realm.directory, directory),
    await checkCode(ask, 'Consent', realm.consent, consent),
    await checkCode(ask, 'Anchor', realm.anchor, anchor),
    await checkRegistered(ask, realm.directory, hospital),
  ]
}

function checkHead(number: number, aheadMs: number): Finding {
  const seconds = Math.round(Math.abs(aheadMs) / 1_000)
  if (aheadMs > AHEAD_MS) {
    return unwell(
      'chain',
      `block ${number} is dated ${seconds} s ahead of this clock`,
      'set the clock of this machine',
    )
  }
  return -aheadMs > STALE_MS
    ? unwell(
        'chain',
        `no block for ${seconds} s, since block ${number}`,
        'look at the log for what its engine says',
      )
    : well('chain', `block ${number}, ${seconds} s old`)
}

async function checkPeers(ask: Ask): Promise<Finding> {
  const count = Number(await ask('net_peerCount'))
  return count > 0
    ? well('chain peers', String(count))
    : unwell(
        'chain peers',
        'none',
        'are the other hospitals up, and their addresses in the configuration right?',
      )
}

async function checkCode(
  ask: Ask,
  name: string,
  address: string,
  expected: Parameters<typeof isRuntimeOf>[0],
): Promise<Finding> {
  const code = String(await ask('eth_getCode', [address, 'latest']))
  if (code === '0x') {
    return unwell(`contract ${name}`, `no code at ${address}`, 'are keys and genesis of the same hospital?')
  }
  return isRuntimeOf(expected, code)
    ? well(`contract ${name}`, `${address} holds this version’s code`)
    : unwell(
        `contract ${name}`,
        `${address} holds other code`,
        'run the version of the daemon that deployed it',
      )
}

async function checkRegistered(ask: Ask, to: string, hospital: HospitalAddresses): Promise<Finding> {
  const data = directoryInterface.encodeFunctionData('hospital', [hospital.operator])
  const answer = String(await ask('eth_call', [{ to, data }, 'latest']))
  const [keys, status] = directoryInterface.decodeFunctionResult('hospital', answer)
  const wrong = (['anchor', 'relay', 'receipt', 'proxyKeyDigest'] as const).filter(
    (name) => String(keys[name]).toLowerCase() !== hospital[name].toLowerCase(),
  )
  if (Number(status) !== 1)
    return unwell('admission', 'this hospital is not active', 'ask the other hospitals')
  return wrong.length === 0
    ? well('admission', 'active, with the keys that lie here')
    : unwell(
        'admission',
        `the Directory names other keys: ${wrong.join(', ')}`,
        'restart to finish a rotation, or ask the other hospitals',
      )
}
