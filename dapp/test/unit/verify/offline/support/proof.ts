import { fromHex, toHex } from '@hygeia/protocol/ids'
import { decodeOfflineProof, encodeOfflineProof } from '@hygeia/protocol/offline-proof/codec'
import type { OfflineProof, ProvenBatch, ProvenRecord } from '@hygeia/protocol/offline-proof/offline-proof'
import { type AnchorStatement, type Receipt, signAnchor } from '@hygeia/protocol/receipt/receipt'
import t from 'tap'
import { accountOf, type SealedChain } from '../../../../../../protocol/test/support/sealed-chain.ts'
import { NodeState } from '../../../../../src/prove/node.ts'
import { prove } from '../../../../../src/prove/prove.ts'
import type { Pins } from '../../../../../src/verify/offline/pins.ts'
import { AnchorStorage, DirectoryStorage } from '../../../../../src/verify/offline/storage.ts'
import { verifyOffline } from '../../../../../src/verify/offline/verify.ts'
import type { Verdict } from '../../../../../src/verify/verdict.ts'
import { SealedWorld, SIGNERS } from '../../../../support/sealed-world.ts'

export const [P = ''] = SIGNERS
export const sealed = await SealedWorld.start({ batches: 2, hospitals: 2 })
t.teardown(() => sealed.stop())
const { consortium } = sealed.world
export const { realm } = consortium
const [first, second] = consortium.hospitals
if (first === undefined || second === undefined) throw new Error('no two hospitals')
export const [ours, theirs] = [first, second]
const last = sealed.lastState
export const chain = sealed.chain(last + 6)
export const recordOf = (index: number, on = chain) => sealed.batch(on, index)
export const proveOn = (on: SealedChain, records: readonly ProvenRecord[]) =>
  prove(sealed.node(on), { realm, records, epoch: sealed.epoch })
export const bytes = await proveOn(chain, [recordOf(0)])
export const proof = decodeOfflineProof(bytes)
export const batches = proof.records.filter((record): record is ProvenBatch => record.kind === 'batch')
export const pins: Pins = { ...realm, signers: SIGNERS.map(accountOf) }

/** Names of what is wrong with a file; nothing when it is proven. */
export async function faults(
  altered: Partial<OfflineProof>,
  trusted: Pins | undefined = pins,
): Promise<readonly string[]> {
  const verdicts = await verifyOffline(encodeOfflineProof({ ...proof, ...altered }), trusted)
  return namesOf(verdicts)
}

export function namesOf(verdicts: readonly Verdict[]): readonly string[] {
  return verdicts.flatMap(({ checks }) => checks.flatMap(({ fault }) => (fault === undefined ? [] : [fault])))
}

/** The receipt with other facts, signed anew by a hospital. */
export function resigned(facts: Partial<AnchorStatement>, signer = ours?.receipt): readonly ProvenRecord[] {
  const [record] = batches
  if (record === undefined || signer === undefined) throw new Error('no record')
  const anchor = signAnchor(realm, { ...record.receipt.anchor, ...facts }, signer)
  return [{ ...record, receipt: { ...record.receipt, anchor } }]
}

export const altered = (receipt: Partial<Receipt>): readonly ProvenRecord[] =>
  batches.map((record) => ({ ...record, receipt: { ...record.receipt, ...receipt } }))

/** The nodes of the file and those that somebody could add, who asks the chain for more. */
export async function nodesWith(
  read: (directory: DirectoryStorage, anchor: AnchorStorage) => Promise<unknown>,
): Promise<readonly Uint8Array[]> {
  const state = new NodeState(sealed.node(chain), proof.block)
  await read(new DirectoryStorage(state, realm.directory), new AnchorStorage(state, proof.anchor))
  return [...new Set([...proof.nodes, ...state.nodes].map(toHex))].sort().map(fromHex)
}

/** A trail from the genesis over all of `other`. */
export const runsOf = (other: SealedChain) => [other.rlp(0)]
