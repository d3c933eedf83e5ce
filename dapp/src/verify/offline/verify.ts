import { CliqueError } from '@hygeia/protocol/clique/errors'
import { type CliqueHeader, parseCliqueHeader } from '@hygeia/protocol/clique/header'
import { majorityOf } from '@hygeia/protocol/clique/signers'
import { type FinalBlock, followTrail, sealedBy, type Trail } from '@hygeia/protocol/clique/trail'
import { MalformedError } from '@hygeia/protocol/errors'
import type { Hex32 } from '@hygeia/protocol/ids'
import { decodeOfflineProof } from '@hygeia/protocol/offline-proof/codec'
import type { OfflineProof, ProvenRecord } from '@hygeia/protocol/offline-proof/offline-proof'
import { anchorSigner } from '@hygeia/protocol/receipt/receipt'
import { cidOfDigest, formatCid } from '@hygeia/protocol/sealed/cid'
import { recoverSigner } from '../../recover.ts'
import { checkBlock, checkLeaf, readable } from '../batch.ts'
import { checkDevice, checkHospital, checkRoot } from '../chain-facts.ts'
import { Checks, type Verdict } from '../verdict.ts'
import { isAnchor, isDirectory } from './contracts.ts'
import { batchLimits, chainLimits } from './limits.ts'
import type { Pins } from './pins.ts'
import { AnchorStorage, DirectoryStorage } from './storage.ts'
import { ProvenState } from './trie.ts'

/**
 * Check a proof against what is known from elsewhere, without any node, key or clock.
 *
 * @param bytes - of the file; at most 32 MiB are looked at
 * @param pins - what to believe; without it the proof is judged by its own word, and nothing is proven
 * @returns the chain's verdict, and one for each batch unless the chain's is refuted: what would follow from something
 *   false is not said
 */
export async function verifyOffline(bytes: Uint8Array, pins: Pins | undefined): Promise<readonly Verdict[]> {
  const checks = new Checks()
  const proof = readable(checks, 'proof', () => decodeOfflineProof(bytes))
  if (proof === undefined) return [checks.verdict('a proof')]
  checkPins(checks, proof, pins)
  const trail = readable(checks, 'header of every block', () => trailOf(proof))
  const final = trail && checkTrail(checks, trail, pins?.genesis ?? proof.realm.genesis, proof.block)
  const subject = `chain ${proof.realm.chainId}, genesis ${proof.realm.genesis}`
  if (final === undefined) return [checks.verdict(subject)]
  if (pins?.signers !== undefined) checkPinned(checks, final, pins.signers)
  const state = new ProvenState(final.header.stateRoot, proof.nodes)
  await checkContracts(checks, state, proof)
  const chain = checks.verdict(subject, chainLimits(final, pins))
  if (chain.outcome === 'refuted') return [chain]
  // One by one: each batch reads from the same tries, which remember what they opened.
  const verdicts = [chain]
  for (const record of proof.records) {
    verdicts.push(
      await verifyRecord(record, { proof, final, state, isChainProven: chain.outcome === 'proven' }),
    )
  }
  return verdicts
}

function checkPins(checks: Checks, { realm }: OfflineProof, pins: Pins | undefined): void {
  const claim = 'the chain is the one that you trust'
  if (pins === undefined) {
    const detail =
      'you trust none yet: take chain id, directory and genesis from somebody you believe, not from here'
    checks.leave(claim, detail, 'NOTHING_PINNED')
    return
  }
  const fields = ['chainId', 'directory', 'genesis'] as const
  const other = fields.filter((field) => realm[field] !== pins[field])
  const detail = other.length === 0 ? `Directory ${realm.directory}` : `it has another ${other.join(', ')}`
  checks.note(claim, other.length === 0, detail, 'ANOTHER_CHAIN')
}

function trailOf({ epoch, runs }: OfflineProof): Trail {
  return { epoch, runs: runs.map((run) => run.map(parseCliqueHeader)) }
}

function checkTrail(checks: Checks, trail: Trail, genesis: Hex32, block: number): FinalBlock | undefined {
  const claim = 'its headers follow from the genesis, each sealed by a signer of its time'
  try {
    const final = followTrail(trail, genesis, block)
    const { header, signers, sealers } = final
    const headers = trail.runs.reduce((sum, run) => sum + run.length, 0)
    const at = new Date(header.timestamp * 1_000).toISOString()
    checks.note(
      claim,
      true,
      `${headers} headers up to block ${trail.runs.at(-1)?.at(-1)?.number}, in ${trail.runs.length} unbroken parts`,
    )
    checks.note(
      `block ${block} is final`,
      true,
      `sealed ${at}; ${sealedBy(signers, sealers)} of ${signers.size} signers sealed it or a block after it, ` +
        `${majorityOf(signers)} are enough: ${[...sealers].join(', ')}`,
    )
    return final
  } catch (cause) {
    if (!(cause instanceof CliqueError || cause instanceof MalformedError)) throw cause
    checks.note(claim, false, cause.message, cause.code)
    return undefined
  }
}

function checkPinned(checks: Checks, { sealers }: FinalBlock, pinned: NonNullable<Pins['signers']>): void {
  const known = new Set(pinned)
  const sealed = sealedBy(known, sealers)
  const needed = majorityOf(known)
  const detail = `${sealed} of the ${known.size} that you trust sealed it or a block after it, ${needed} are wanted`
  checks.note('the signers are those that you trust', sealed >= needed, detail, 'PINNED_SIGNERS_MISSING')
}

async function checkContracts(checks: Checks, state: ProvenState, proof: OfflineProof): Promise<void> {
  const { realm, anchor, directoryCode, anchorCode } = proof
  await checks.ask('the directory is Hygeia’s', () => isDirectory(state, realm, directoryCode))
  await checks.ask('the anchor is Hygeia’s', () => isAnchor(state, realm, anchor, anchorCode))
  await checks.ask('the directory names this anchor', async () => {
    const named = await new DirectoryStorage(state, realm.directory).anchor()
    return [named === anchor, `it names ${named}`, 'ANOTHER_ANCHOR']
  })
}

interface Proven {
  readonly proof: OfflineProof
  readonly final: FinalBlock
  readonly state: ProvenState
  readonly isChainProven: boolean
}

async function verifyRecord(
  { receipt, block }: ProvenRecord,
  { proof, final, state, isChainProven }: Proven,
): Promise<Verdict> {
  const { realm } = proof
  const { anchor, leaf } = receipt
  const checks = new Checks()
  if (!isChainProven) checks.leave('its chain is proven', 'it is not: see there', 'CHAIN_NOT_PROVEN')
  if (block !== undefined) checkBlock(checks, block, receipt, realm)
  checkLeaf(checks, receipt)
  const directory = new DirectoryStorage(state, realm.directory)
  const signer = anchorSigner(realm, anchor, recoverSigner)
  await checkHospital(checks, directory, anchor.hospital, signer)
  const claimed = { kind: 'batches', ...anchor } as const
  await checkRoot(checks, claimed, async () => new AnchorStorage(state, proof.anchor))
  const anchoring = final.run.find(({ number }) => number === anchor.blockNumber)
  if (anchoring !== undefined) checkAnchoring(checks, anchoring, anchor.blockHash)
  await checkDevice(checks, directory, leaf)
  const limits = batchLimits(final, anchoring, { receipt, hasBlock: block !== undefined })
  return checks.verdict(`batch ${formatCid(cidOfDigest(leaf.digest))}`, limits)
}

/** The receipt names the block that it was anchored in by the hash of the one that became final. */
function checkAnchoring(checks: Checks, { number, hash, timestamp }: CliqueHeader, claimed: Hex32): void {
  const at = new Date(timestamp * 1_000).toISOString()
  const holds = hash === claimed
  const detail = holds ? `block ${number} of ${at}` : `block ${number} is ${hash}`
  checks.note('the block is on the chain', holds, detail, 'ANOTHER_BLOCK')
}
