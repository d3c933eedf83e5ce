import { readFile } from 'node:fs/promises'
import { abi } from '@hygeia/contracts/directory'
import { type Address, addressOf } from '@hygeia/protocol/ids'
import type { Logger } from '@hygeia/runtime/log'
import { Interface } from 'ethers'
import type { AnchorPermit } from '../anchor/permit.ts'
import type { ConsortiumPort } from '../api/routes/consortium.ts'
import type { ChainEngine } from '../chain/engine.ts'
import { enode } from '../chain/geth/own-enode.ts'
import { swarmKeyFileOf } from '../config/ipfs.ts'
import type { HospitalCard } from '../consortium/card.ts'
import { fund } from '../consortium/funds.ts'
import { Governance } from '../consortium/governance.ts'
import { Links, type LinksDeps } from '../consortium/links.ts'
import { Members } from '../consortium/members.ts'
import { PeerCalls } from '../consortium/peer-call.ts'
import { Peers } from '../consortium/peers.ts'
import { StatedAddresses, type StatedDeps } from '../consortium/stated.ts'
import type { Addresses } from '../directory/addresses.ts'
import { CONSORTIUM } from '../incidents/incidents.ts'
import { readGenesis } from '../init/genesis.ts'
import { addressesOf } from '../init/keys.ts'
import type { Votes } from '../relay/votes.ts'
import { Ahead } from '../replication/ahead.ts'
import { Answers } from '../replication/answers.ts'
import { Belief } from '../replication/belief.ts'
import { ReplicaBook } from '../replication/book.ts'
import { Brought } from '../replication/brought.ts'
import { ReplicaErasing } from '../replication/erasing.ts'
import { Fetcher } from '../replication/fetcher.ts'
import { ReplicaReceipts } from '../replication/receipts.ts'
import { Replicator } from '../replication/replicator.ts'
import { Rounds } from '../replication/rounds.ts'
import { Witnesses } from '../replication/witnesses.ts'
import type { ChainParts } from './chain.ts'
import { type Context, RESERVE_BYTES } from './context.ts'
import { askHoldings, askReplacements, isHeldNowhere } from './holdings.ts'
import type { IngestParts } from './ingest.ts'

export interface ConsortiumParts {
  readonly members: Members
  readonly peers: Peers
  readonly calls: PeerCalls
  readonly book: ReplicaBook
}

export interface ReplicationParts {
  readonly replicator: Replicator
  readonly receipts: ReplicaReceipts
  readonly erasing: ReplicaErasing
  readonly port: ConsortiumPort
}

/** Of each second of a period: enough for the receipts of the block before, and early enough for those of this one. */
const AHEAD_AFTER_MS = 200

/** Who is in the consortium, and how the others are reached. */
export async function startConsortium(context: Context, chain: ChainParts): Promise<ConsortiumParts> {
  const { config, keys, stack, metrics, log } = context
  const hospital = keys.accounts.operator.signer.address
  const members = await stack.add(
    new Members(
      { directory: chain.contracts.directory, hospital },
      { engine: chain.engine, log: log.child({ part: 'members' }), metrics },
    ),
  )
  const peers = new Peers({ dataDir: config.dataDir, hospital })
  await peers.open()
  connectNodes(chain.engine, peers, log.child({ part: 'chain' }))
  const calls = await stack.add(new PeerCalls({ peers }))
  const book = await stack.add(
    new ReplicaBook(
      { path: `${config.dataDir}/replicas`, reserveBytes: RESERVE_BYTES },
      { log: log.child({ part: 'replicas' }) },
    ),
  )
  return { members, peers, calls, book }
}

/** What other hospitals must say before there is a receipt. */
export async function startWitnesses(
  context: Context,
  chain: ChainParts,
  { members, calls, book }: ConsortiumParts,
  { ipfs, standings, incidents }: Pick<IngestParts, 'ipfs' | 'standings' | 'incidents'>,
): Promise<AnchorPermit> {
  const { config, keys, stack, recover, metrics, log } = context
  const hospital = keys.accounts.operator.signer.address
  const belief = new Belief(
    { realm: chain.realm },
    { members, book, ipfs, recover, holderOf: (key) => holderOf(chain, key) },
  )
  const witnesses = await stack.add(
    new Witnesses(
      { hospital, needed: config.consortium.witnesses },
      {
        members,
        book,
        belief,
        standings,
        ask: (operator, nonce, manifests, signal) =>
          askHoldings(calls, operator, { nonce, manifests }, signal),
        accuse: accusation({ incidents }),
        log: log.child({ part: 'witnesses' }),
        metrics,
      },
    ),
  )
  return {
    get mayAnchor() {
      return members.own === 'active'
    },
    witnessed: (root, signal) => witnesses.witnessed(root, signal),
  }
}

/** Everything that brings here what the others anchored. */
export async function startReplication(
  context: Context,
  chain: ChainParts,
  { members, peers, calls, book }: ConsortiumParts,
  ingest: IngestParts,
): Promise<ReplicationParts> {
  const { config, keys, stack, clock, recover, metrics, log } = context
  const { engine, realm, contracts } = chain
  const { ipfs, store, standings, manifests, directory } = ingest
  const hospital = keys.accounts.operator.signer.address
  const receiptSigner = keys.accounts.receipt.signer
  const accuse = accusation(ingest)
  await stack.add(
    new Links(
      { hospital },
      {
        members,
        calls,
        ipfs,
        clock,
        log: log.child({ part: 'links' }),
        ...nodesOf(peers, chain.engine, log),
      },
    ),
  )
  const brought = new Brought({ realm, recover })
  const fetcher = new Fetcher(
    { realm, hospital },
    {
      ...{ ipfs, store, standings, brought, directory, recover, clock },
      replacements: (name, signal) => askReplacements(members, calls, name, signal),
      own: (root) => manifests.underRoot(root),
    },
  )
  const replicator = await stack.add(
    new Replicator(
      { hospital, realm, contract: contracts.anchor, factor: config.consortium.replicas },
      {
        engine,
        members,
        book,
        fetcher,
        receiptSigner,
        isAnswering: (operator) => calls.isAnswering(operator),
        isHeldNowhere: (name, signal) => isHeldNowhere(members, calls, name, signal),
        accuse,
        clock,
        log: log.child({ part: 'replication' }),
        metrics,
      },
    ),
  )
  await stack.add(
    new Ahead(
      { contract: contracts.anchor, afterMs: engine.info.periodSec * AHEAD_AFTER_MS },
      {
        engine,
        ipfs,
        standings,
        brought,
        isWanted: (anchored) => replicator.isWanted(anchored),
        clock,
        log: log.child({ part: 'ahead' }),
      },
    ),
  )
  await stack.add(
    new Rounds({ book, ipfs, fetcher, replicator, clock, log: log.child({ part: 'rounds' }), metrics }),
  )
  const receipts = new ReplicaReceipts({ realm, hospital }, { book, store, standings, receiptSigner })
  const answers = new Answers({ book, ipfs, standings, ownAnchor: (name) => receipts.ownAnchor(name) })
  const port: ConsortiumPort = {
    self: () => ({ hospital, ipfs: ipfs.addresses }),
    answer: (nonce, manifests) => answers.answer(nonce, manifests),
    holdingsOf: (digest) => receipts.holdingsOf(digest),
  }
  const erasing = new ReplicaErasing({ hospital }, { book, standings })
  return { replicator, receipts, erasing, port }
}

/** Tells this hospital's node of absences of others. */
function nodesOf(peers: Peers, engine: ChainEngine, log: Logger): Pick<LinksDeps, 'onAway' | 'onBack'> {
  const tell = (operator: Address, say: ((enode: string) => Promise<void>) | undefined) => {
    const enode = peers.of(operator)?.enode
    if (enode === undefined) return
    say
      ?.call(engine, enode)
      .catch((err: unknown) => log.warn({ err, hospital: operator }, 'its node is left as it is'))
  }
  return {
    onAway: (operator) => tell(operator, engine.peerAway),
    onBack: (operator) => tell(operator, engine.peerBack),
  }
}

/** Have this hospital's node look for those of whoever is met from now on. */
function connectNodes(engine: ChainEngine, peers: Peers, log: Logger): void {
  peers.onMet(() => {
    for (const { operator, enode } of peers.all) {
      if (enode === undefined) continue
      engine.addPeer?.(enode).catch((err: unknown) => log.warn({ err, hospital: operator }, 'no peer added'))
    }
  })
}

/** What the operator does about the other hospitals. @param api - where this one's API is reached by now */
export async function governanceOf(
  context: Context,
  chain: ChainParts,
  { members, peers, calls }: ConsortiumParts,
  votes: Votes,
  api: () => string,
): Promise<Governance> {
  const { config, keys, tls, log } = context
  const swarmKeyFile = swarmKeyFileOf(config.ipfs)
  const own = config.chain.engine === 'geth' ? { enode: await enode(config) } : {}
  const card = (): HospitalCard => ({
    ...addressesOf(keys),
    validator: keys.accounts.validator.signer.address,
    api: api(),
    ca: tls.ca,
    ...own,
  })
  return new Governance({
    members,
    peers,
    votes,
    isAnswering: (operator) => calls.isAnswering(operator),
    fund: (accounts) => fund(accounts, chain),
    card,
    realm: async () => ({
      genesis: (await readGenesis(config.keysDir)).json as { gasLimit: string },
      directory: chain.contracts.directory,
      swarmKey: swarmKeyFile === undefined ? undefined : await readFile(swarmKeyFile, 'utf8'),
    }),
    log: log.child({ part: 'governance' }),
  })
}

/** Notes what a hospital has to answer for where everything is noted that was refused. */
export function accusation({ incidents }: Pick<IngestParts, 'incidents'>) {
  return (hospital: Address, fault: string) => {
    incidents.note({ door: CONSORTIUM, reason: fault, device: hospital })
  }
}

const directoryInterface = new Interface(abi)

async function holderOf({ engine, contracts }: ChainParts, key: Address): Promise<Address | undefined> {
  const call = {
    to: contracts.directory,
    data: directoryInterface.encodeFunctionData('hospitalOf', [key]),
  }
  const answer = String(await engine.request({ method: 'eth_call', params: [call, 'latest'] }))
  const operator = addressOf(`0x${answer.slice(-40)}`)
  return BigInt(operator) === 0n ? undefined : operator
}

/** Where the other hospitals say that they are reached, for patients who look for them here. */
export async function startStated(
  { keys, stack, clock, log }: Context,
  { members, calls }: ConsortiumParts,
  addresses: Pick<Addresses, 'put'>,
): Promise<void> {
  const hospital = keys.accounts.operator.signer.address
  const put: StatedDeps['put'] = (address) => addresses.put(address)
  await stack.add(
    new StatedAddresses(hospital, { members, calls, put, clock, log: log.child({ part: 'stated' }) }),
  )
}
