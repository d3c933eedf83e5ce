import { type Address, addressOf, type Hex32, parseHex32 } from '@hygeia/protocol/ids'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import type { Provider } from 'ethers'
import { Anchor, type AnchorKind } from '../chain/anchor.ts'
import { Directory } from '../chain/directory.ts'
import { NOBODY } from '../recover.ts'
import type { Checks } from './verdict.ts'

/** What a statement says of an anchor. */
export interface Claimed {
  readonly kind: AnchorKind
  readonly hospital: Address
  readonly root: Hex32
  readonly count: number
  readonly manifest?: Hex32
  readonly transaction: Hex32
  readonly blockNumber: number
  readonly blockHash?: Hex32
}

/** What the chain says of who is who, from a node or from a proof. */
export type Registry = Pick<Directory, 'hospitalOf' | 'hospital' | 'device'>

/** The chain is the one that the statement was signed for. */
export async function checkRealm(checks: Checks, provider: Provider, realm: Realm): Promise<void> {
  await checks.ask('the chain is the one the record names', async () => {
    const [{ chainId }, genesis, stated] = await Promise.all([
      provider.getNetwork(),
      provider.getBlock(0),
      new Directory(provider, realm.directory).genesisHash(),
    ])
    const holds =
      chainId === BigInt(realm.chainId) && genesis?.hash === realm.genesis && stated === realm.genesis
    return [
      holds,
      holds ? `chain ${chainId}` : `chain ${chainId} with genesis ${genesis?.hash}`,
      'ANOTHER_CHAIN',
    ]
  })
}

/** The key that signed belongs to the hospital that is named. */
export async function checkHospital(
  checks: Checks,
  directory: Registry,
  hospital: Address,
  key: Address,
): Promise<void> {
  await checks.ask('a hospital of the consortium signed it', async () => {
    if (key === NOBODY) return [false, 'not a signature', 'NOT_A_HOSPITAL']
    const [operator, { status }] = await Promise.all([
      directory.hospitalOf(key),
      directory.hospital(hospital),
    ])
    const holds = operator === hospital && status !== 'unknown'
    return [
      holds,
      holds ? `${hospital}, ${status}` : `signed by ${key}, which is not ${hospital}’s`,
      'NOT_A_HOSPITAL',
    ]
  })
}

/** The contract holds what is claimed, in the record of the hospital that claims it. */
export async function checkRoot(
  checks: Checks,
  claimed: Claimed,
  open: () => Promise<Pick<Anchor, 'of'>>,
): Promise<void> {
  await checks.ask('the chain holds the root', async () => {
    const { kind, root, hospital } = claimed
    const record = await (await open()).of(kind, root, hospital)
    if (record === undefined) return [false, `${hospital} anchored no such root`, 'ROOT_NOT_ANCHORED']
    const isItsManifest = claimed.manifest === undefined || record.manifest === claimed.manifest
    const holds =
      record.blockNumber === claimed.blockNumber && record.count === claimed.count && isItsManifest
    const manifest = isItsManifest ? '' : `, manifest ${record.manifest}`
    const facts = `block ${record.blockNumber}, ${record.count} leaves${manifest}, by ${hospital}`
    return [holds, holds ? facts : `the chain says otherwise: ${facts}`, 'ANCHORED_OTHERWISE']
  })
}

/** Contract, event and block agree with what is claimed. */
export async function checkAnchor(
  checks: Checks,
  provider: Provider,
  directory: Directory,
  claimed: Claimed,
): Promise<void> {
  await checkRoot(checks, claimed, async () => new Anchor(provider, await directory.anchor()))
  await checks.ask('the transaction announced it', async () => {
    const anchor = new Anchor(provider, await directory.anchor())
    const receipt = await provider.getTransactionReceipt(claimed.transaction)
    if (receipt === null) return [false, 'no such transaction']
    const holds = receipt.blockNumber === claimed.blockNumber && anchor.isAnnounced(claimed, receipt)
    return [holds, holds ? `transaction ${claimed.transaction}` : 'it did not announce this root']
  })
  await checks.ask('the block is on the chain', async () => {
    const block = await provider.getBlock(claimed.blockNumber)
    if (block?.hash == null) return [false, `no block ${claimed.blockNumber}`]
    const hash = parseHex32(block.hash)
    const holds = claimed.blockHash === undefined || hash === claimed.blockHash
    const at = new Date(block.timestamp * 1_000).toISOString()
    return [
      holds,
      holds ? `block ${claimed.blockNumber} of ${at}` : `block ${claimed.blockNumber} is ${hash}`,
    ]
  })
}

/** The device belongs to a patient, and had not been suspended before this batch. */
export async function checkDevice(
  checks: Checks,
  directory: Registry,
  { device, incarnation, sequence }: { device: Address; incarnation: string; sequence: number },
): Promise<void> {
  await checks.ask('the device is bound to a patient', async () => {
    const record = await directory.device(device)
    if (record.status === 'unknown') return [false, `nobody bound ${addressOf(device)}`, 'DEVICE_UNKNOWN']
    const isAfter =
      record.status === 'suspended' && record.incarnation === incarnation && sequence > record.lastSequence
    if (isAfter) return [false, `suspended after sequence ${record.lastSequence}`, 'DEVICE_SUSPENDED']
    return [true, `${device}, ${record.status}`]
  })
}
