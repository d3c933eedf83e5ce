import { encodeOfflineProof } from '@hygeia/protocol/offline-proof/codec'
import {
  anchoredIn,
  type OfflineProof,
  type ProvenRecord,
} from '@hygeia/protocol/offline-proof/offline-proof'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import { checkHeld } from '../verify/offline/record.ts'
import { AnchorStorage, DirectoryStorage } from '../verify/offline/storage.ts'
import { verifyOffline } from '../verify/offline/verify.ts'
import { Checks } from '../verify/verdict.ts'
import { ProveError } from './errors.ts'
import { Headers } from './headers.ts'
import { type Node, NodeState } from './node.ts'
import { gatherTrail } from './trail.ts'

export interface ProveOptions {
  readonly realm: Realm
  /** 1 to 256. */
  readonly records: readonly ProvenRecord[]
  /** Blocks from one list of signers to the next. */
  readonly epoch: number
}

/**
 * Make a proof that needs no node to be checked, from what any one node of the chain gives.
 *
 * @returns the file's bytes, checked as whoever gets it will check it
 * @throws {ProveError} why it cannot be proven, or not yet
 */
export async function prove(node: Node, { realm, records, epoch }: ProveOptions): Promise<Uint8Array> {
  const anchored = Math.max(...records.map(anchoredIn))
  const { block, runs } = await gatherTrail(new Headers(node), { epoch, anchored })
  const state = new NodeState(node, block)
  const directory = new DirectoryStorage(state, realm.directory)
  const anchor = await directory.anchor()
  await Promise.all([state.codeHash(realm.directory), state.codeHash(anchor)])
  // What a verifier asks is what has to be in the file; the answers are looked at below.
  const held = { realm, directory, anchor: new AnchorStorage(state, anchor) }
  for (const record of records) await checkHeld(new Checks(), record, held)
  const proof: OfflineProof = {
    realm,
    anchor,
    records,
    epoch,
    block,
    runs,
    directoryCode: await state.code(realm.directory),
    anchorCode: await state.code(anchor),
    nodes: state.nodes,
  }
  const bytes = encodeOfflineProof(proof)
  const verdicts = await verifyOffline(bytes, realm)
  const failed = verdicts.flatMap(({ checks }) => checks.filter(({ outcome }) => outcome !== 'true'))
  if (failed.length === 0) return bytes
  throw new ProveError(
    `what the chain holds does not prove it: ${failed.map(({ claim, detail }) => `${claim}: ${detail}`).join('; ')}`,
    { code: 'NOT_PROVEN', claims: failed.map(({ claim }) => claim) },
  )
}
