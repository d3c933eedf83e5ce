import { encode } from '@ipld/dag-cbor'
import { SealedChain } from '../support/sealed-chain.ts'
import documents from '../vectors/documents.json' with { type: 'json' }
import sealed from '../vectors/sealed.json' with { type: 'json' }
import { filled, hex, raw } from './world.ts'

/** A chain of two signers that lists them every second block, and a file with parts of it: form only, no real state. */
export function makeOfflineProof(): Record<string, unknown> {
  const chain = new SealedChain(['A', 'B'], 2)
  for (const by of ['A', 'B', 'A', 'B', 'A']) chain.seal({ by })
  const runs = [chain.rlp(0, 0), chain.rlp(4, 5)]
  const receipts = documents.receipt.receipts.slice(0, 2).map(({ bytes }) => bytes)
  const { block } = sealed['the first of an incarnation']
  const [directory, anchor] = [hex(filled(20, 1)), hex(filled(20, 2))]
  const [directoryCode, anchorCode] = [filled(40, 3), filled(30, 4)]
  const { bytes: entry, signature } = documents['audit entry']
  const [root, transaction, sibling] = [filled(32, 7), filled(32, 8), filled(32, 9)]
  const nodes = [filled(33, 5), filled(532, 6)].sort(Buffer.compare)
  const bytes = encode([
    'hygeia-offline-proof',
    1,
    [7_201, raw(directory), raw(chain.genesis)],
    raw(anchor),
    [
      ...receipts.map((receipt, index) => ['batch', raw(receipt), index === 0 ? raw(block) : null]),
      ['audit', raw(entry), raw(signature), [root, 3, transaction, 7, [sibling]]],
    ],
    2,
    4,
    runs.map((run) => [...run]),
    directoryCode,
    anchorCode,
    nodes,
  ])
  return {
    'offline proof': {
      realm: { chainId: 7_201, directory, genesis: chain.genesis },
      anchor,
      records: [
        ...receipts.map((receipt, index) => ({ kind: 'batch', receipt, ...(index === 0 && { block }) })),
        {
          kind: 'audit',
          entry,
          signature,
          anchor: {
            root: hex(root),
            count: 3,
            transaction: hex(transaction),
            blockNumber: 7,
            proof: [hex(sibling)],
          },
        },
      ],
      anchored: [...receipts.map(() => documents.receipt.anchor.blockNumber), 7],
      epoch: 2,
      block: 4,
      runs: runs.map((run) => run.map(hex)),
      directoryCode: hex(directoryCode),
      anchorCode: hex(anchorCode),
      nodes: nodes.map(hex),
      final: { hash: chain.at(4).header.hash, sealers: chain.run(4).map(({ sealer }) => sealer) },
      bytes: hex(bytes),
    },
  }
}
