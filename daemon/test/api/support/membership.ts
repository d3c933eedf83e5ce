import { join } from 'node:path'
import type { Logger } from '@hygeia/runtime/log'
import type { Registry } from 'prom-client'
import type { EmbeddedChain } from '../../../src/chain/embedded/engine.ts'
import { fund } from '../../../src/consortium/funds.ts'
import { Governance } from '../../../src/consortium/governance.ts'
import { Members } from '../../../src/consortium/members.ts'
import { Peers } from '../../../src/consortium/peers.ts'
import type { Contracts } from '../../../src/deployment/deployment.ts'
import type { addressesOf, readKeys } from '../../../src/init/keys.ts'
import type { readCertificates } from '../../../src/init/tls-files.ts'
import { embeddedIpfs } from '../../../src/ipfs/embedded/node.ts'
import type { Votes } from '../../../src/relay/votes.ts'
import { Answers } from '../../../src/replication/answers.ts'
import { ReplicaBook } from '../../../src/replication/book.ts'
import { ReplicaReceipts } from '../../../src/replication/receipts.ts'
import { Standings } from '../../../src/replication/standings.ts'
import type { openStore } from '../../../src/store/store.ts'
import type { Transactor } from '../../../src/transactor/transactor.ts'
import { RESERVE_BYTES, type Start } from './start.ts'

export interface ConsortiumParts {
  readonly start: Start
  readonly data: string
  readonly keys: Awaited<ReturnType<typeof readKeys>>
  readonly tls: Awaited<ReturnType<typeof readCertificates>>
  readonly hospital: ReturnType<typeof addressesOf>
  readonly realm: ConstructorParameters<typeof ReplicaReceipts>[0]['realm']
  readonly contracts: Contracts
  readonly engine: EmbeddedChain
  readonly operator: Transactor
  readonly store: Awaited<ReturnType<typeof openStore>>
  readonly votes: Votes
  readonly log: Logger
  readonly metrics: Registry
}

/** The hospital among others: who they are, and what it holds for them. */
export async function openConsortium(parts: ConsortiumParts) {
  const { start, data, keys, tls, hospital, realm, contracts, engine, operator, store, votes } = parts
  const { log, metrics } = parts
  const members = await start(
    new Members({ directory: contracts.directory, hospital: hospital.operator }, { engine, log, metrics }),
  )
  const peers = new Peers({ dataDir: data, hospital: hospital.operator })
  const book = await start(
    new ReplicaBook({ reserveBytes: RESERVE_BYTES, path: join(data, 'replicas') }, { log }),
  )
  const ipfs = await start(
    embeddedIpfs({ reserveBytes: RESERVE_BYTES, path: join(data, 'ipfs'), listen: [] }, { log }),
  )
  const receiptSigner = keys.accounts.receipt.signer
  const standings = new Standings({ ipfs, eraser: store.eraser })
  const replicaReceipts = new ReplicaReceipts(
    { realm, hospital: hospital.operator },
    { book, store, standings, receiptSigner },
  )
  const answers = new Answers({ book, ipfs, standings, ownAnchor: (name) => replicaReceipts.ownAnchor(name) })
  const governance = new Governance({
    members,
    peers,
    votes,
    isAnswering: () => false,
    fund: (accounts) => fund(accounts, { engine, operator }),
    card: () => ({
      ...hospital,
      validator: keys.accounts.validator.signer.address,
      api: 'https://127.0.0.1:8443',
      ca: tls.ca,
    }),
    realm: async () => ({
      genesis: { gasLimit: '0x47b760' },
      directory: contracts.directory,
      swarmKey: undefined,
    }),
    log,
  })
  return { book, ipfs, receiptSigner, standings, replicaReceipts, answers, governance }
}
