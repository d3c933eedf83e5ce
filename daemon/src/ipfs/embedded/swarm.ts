import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { withBitswap } from '@helia/bitswap'
import { type HeliaWithLibp2p, withLibp2pLight } from '@helia/libp2p'
import { cidOfDigest } from '@hygeia/protocol/sealed/cid'
import { identify } from '@libp2p/identify'
import { preSharedKey } from '@libp2p/pnet'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { createHeliaLight } from 'helia'
import { CID } from 'multiformats/cid'
import type { DiskBlockstore } from './blockstore.ts'
import { PeerDatastore } from './peer-datastore.ts'

export interface SwarmOptions {
  /** Folder of the node's own key and of what it knows of peers. */
  readonly path: string
  readonly listen: readonly string[]
  /** The 95 bytes of a swarm key; only who has the same connects. */
  readonly swarmKey: Uint8Array | undefined
}

/** How long a peer may take to give a block, unless the caller says otherwise. */
const FETCH_MS = 30_000

/**
 * Helia with libp2p over TCP, talking to nobody that it was not told of: no bootstrap, no discovery, no DHT, no
 * gateways. Loading it costs 120 MB and more than a second, so nobody does who has no peers.
 */
export class Swarm {
  readonly #options: SwarmOptions
  readonly #blockstore: DiskBlockstore
  #helia: HeliaWithLibp2p<Record<string, unknown>> | undefined
  #datastore: PeerDatastore | undefined

  constructor(options: SwarmOptions, blockstore: DiskBlockstore) {
    this.#options = options
    this.#blockstore = blockstore
  }

  async start(): Promise<void> {
    const { path, listen, swarmKey } = this.#options
    this.#datastore = new PeerDatastore(path)
    await this.#datastore.open()
    const light = createHeliaLight({
      blockstore: this.#blockstore,
      datastore: this.#datastore,
      blockBrokers: [],
      routers: [],
    })
    const helia = withBitswap(
      withLibp2pLight(light, {
        addresses: { listen: [...listen] },
        transports: [tcp()],
        connectionEncrypters: [noise()],
        streamMuxers: [yamux()],
        peerDiscovery: [],
        services: { identify: identify() },
        ...(swarmKey === undefined ? {} : { connectionProtector: preSharedKey({ psk: swarmKey }) }),
      }),
    )
    await helia.start()
    this.#helia = helia
  }

  async stop(): Promise<void> {
    await this.#helia?.stop()
    await this.#datastore?.close()
  }

  get addresses(): readonly string[] {
    return this.#helia?.libp2p.getMultiaddrs().map(String) ?? []
  }

  async dial(address: string): Promise<void> {
    await this.#helia?.libp2p.dial(multiaddr(address))
  }

  /** A block from this node or a peer; undefined when nobody gives it in time. */
  async fetch(digest: Uint8Array, signal = AbortSignal.timeout(FETCH_MS)): Promise<Uint8Array | undefined> {
    const helia = this.#helia
    if (helia === undefined || helia.libp2p.getPeers().length === 0) return undefined
    try {
      const parts: Uint8Array[] = []
      for await (const part of helia.blockstore.get(CID.decode(cidOfDigest(digest)), { signal }))
        parts.push(part)
      return Buffer.concat(parts)
    } catch {
      return undefined
    }
  }
}
