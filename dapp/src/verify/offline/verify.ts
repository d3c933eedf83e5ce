import { CliqueError } from '@hygeia/protocol/clique/errors'
import { parseCliqueHeader } from '@hygeia/protocol/clique/header'
import { majorityOf } from '@hygeia/protocol/clique/signers'
import { type FinalBlock, followTrail, sealedBy, type Trail } from '@hygeia/protocol/clique/trail'
import { MalformedError } from '@hygeia/protocol/errors'
import type { Hex32 } from '@hygeia/protocol/ids'
import { decodeOfflineProof } from '@hygeia/protocol/offline-proof/codec'
import type { OfflineProof } from '@hygeia/protocol/offline-proof/offline-proof'
import { readable } from '../batch.ts'
import { Checks, type Verdict } from '../verdict.ts'
import { isAnchor, isDirectory } from './contracts.ts'
import { chainLimits } from './limits.ts'
import type { Pins } from './pins.ts'
import { verifyRecord } from './record.ts'
import { AnchorStorage, DirectoryStorage } from './storage.ts'
import { ProvenState } from './trie.ts'

/**
 * Check a proof against what is known from elsewhere, without any node, key or clock.
 *
 * @param bytes - of the file; at most 32 MiB are looked at
 * @param pins - what to believe; without it the proof is judged by its own word, and nothing is proven
 * @returns the chain's verdict, and one for each record unless the chain's is refuted: what would follow from something
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
  const held = {
    realm: proof.realm,
    directory: new DirectoryStorage(state, proof.realm.directory),
    anchor: new AnchorStorage(state, proof.anchor),
  }
  // One by one: each record reads from the same tries, which remember what they opened.
  const verdicts = [chain]
  for (const record of proof.records) {
    verdicts.push(await verifyRecord(record, { ...held, final, isProven: chain.outcome === 'proven' }))
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
