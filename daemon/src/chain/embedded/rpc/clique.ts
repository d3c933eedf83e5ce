import { refuse } from '../../json-rpc/fault.ts'
import { sealerOf } from '../sealer/clique.ts'
import type { Header } from '../store/header.ts'
import { findHeader, headerAt, type Method, type Methods, type RpcContext } from './context.ts'
import { data } from './hex.ts'
import { hashAt, type Params } from './params.ts'

/** Blocks that geth's `clique_status` looks back over. */
const STATUS_BLOCKS = 64

/** Voting needs someone to vote for: this engine seals alone, and says so by name. */
const refuseVote: Method = () => {
  throw refuse('the embedded engine has a single signer: signers cannot be voted in or out')
}

export function cliqueMethods(context: RpcContext): Methods {
  const { store, spec } = context
  const signers = spec.signers.map(data)
  const byHash = (params: Params) => {
    const header = findHeader(context, { hash: hashAt(params, 0) })
    if (header === undefined) throw refuse('unknown block')
    return header
  }
  const signersAt = (_header: Header) => signers
  return {
    clique_getSigners: (params) => signersAt(headerAt(context, params, 0)),
    clique_getSignersAtHash: (params) => signersAt(byHash(params)),
    clique_getSnapshot: (params) => snapshot(context, headerAt(context, params, 0)),
    clique_getSnapshotAtHash: (params) => snapshot(context, byHash(params)),
    clique_getSigner: (params) => data(sealerOf(headerAt(context, params, 0), context.crypto)),
    clique_status() {
      const numBlocks = Math.min(STATUS_BLOCKS, store.head.number)
      const sealerActivity: Record<string, number> = {}
      for (const signer of signers) sealerActivity[signer] = numBlocks
      return { inturnPercent: 100, sealerActivity, numBlocks }
    },
    clique_proposals: () => ({}),
    clique_propose: refuseVote,
    clique_discard: refuseVote,
  }
}

/** Without votes a snapshot follows from the genesis: the one signer, and that it sealed this block. */
function snapshot({ spec }: RpcContext, header: Header) {
  const signers = Object.fromEntries(spec.signers.map((signer) => [data(signer), {}]))
  const sealed =
    header.number === 0 ? [] : spec.signers.map((signer) => [String(header.number), data(signer)])
  return {
    number: header.number,
    hash: data(header.hash),
    signers,
    recents: Object.fromEntries(sealed),
    votes: [],
    tally: {},
  }
}
