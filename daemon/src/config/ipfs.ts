import { z } from 'zod'
import { absolutePath } from './absolute-path.ts'

const PEERS = 64
const ADDRESSES = 16

/** The private swarm is TCP only, by address or by name. */
const listenAddress = z
  .string()
  .max(256)
  .regex(/^\/(ip4|ip6|dns|dns4|dns6)\/[^/]+\/tcp\/\d{1,5}$/, 'not like /ip4/0.0.0.0/tcp/4001')
const peerAddress = z
  .string()
  .max(256)
  .regex(
    /^\/(ip4|ip6|dns|dns4|dns6)\/[^/]+\/tcp\/\d{1,5}\/p2p\/[1-9A-HJ-NP-Za-km-z]{1,80}$/,
    'not like /dns4/hospital.example/tcp/4001/p2p/12D3Koo…',
  )

/** Blocks in the daemon itself. */
const Embedded = z.strictObject({
  node: z.literal('embedded').default('embedded'),
  /** Multiaddresses to listen on; none keeps the node to itself. */
  listen: z.array(listenAddress).max(ADDRESSES).default([]),
  swarmKeyFile: absolutePath.optional(),
})

/** A Kubo that the daemon starts and watches. */
const Kubo = z.strictObject({
  node: z.literal('kubo'),
  /** The `ipfs` program; looked for in PATH, then where `make engines` builds it. */
  binary: absolutePath.optional(),
  listen: z.array(listenAddress).min(1).max(ADDRESSES).default(['/ip4/0.0.0.0/tcp/4001']),
  /** The key that the hospitals share; Kubo runs without one in no case. */
  swarmKeyFile: absolutePath,
  /** Of Kubo's API on loopback, which answers the daemon alone. Port 0 takes a free one. */
  apiPort: z.int().min(0).max(65_535).default(5001),
  /** Hospitals to stay connected with, each address with its peer id. */
  peers: z.array(peerAddress).max(PEERS).default([]),
})

/** A Kubo that the hospital runs. */
const Rpc = z.strictObject({
  node: z.literal('rpc'),
  /** Of its RPC API, without a secret in it. */
  url: z
    .url({ protocol: /^https?$/ })
    .refine((text) => URL.canParse(text) && new URL(text).password === '', 'the secret goes into secretFile'),
  /** File with the bearer token of Kubo's `API.Authorizations`. */
  secretFile: absolutePath.optional(),
})

/** Which IPFS node keeps the blocks; without `node` the embedded one. */
export const IpfsConfig = z.discriminatedUnion('node', [Embedded, Kubo, Rpc])
export type IpfsConfig = z.infer<typeof IpfsConfig>

/** File of the key that the hospitals share; undefined where this node keeps to itself, or is not the daemon's. */
export function swarmKeyFileOf(ipfs: IpfsConfig): string | undefined {
  return ipfs.node === 'rpc' || ipfs.listen.length === 0 ? undefined : ipfs.swarmKeyFile
}
