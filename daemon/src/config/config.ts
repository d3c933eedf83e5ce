import type { Address } from '@hygeia/protocol/ids'
import { z } from 'zod'
import { EnodeUrl } from '../chain/geth/enode-url.ts'
import { absolutePath } from './absolute-path.ts'
import { BrowsersConfig } from './browsers.ts'
import { DappConfig } from './dapp.ts'
import { IpfsConfig } from './ipfs.ts'
import { MqttConfig } from './mqtt.ts'

const port = z.int().min(0).max(65_535)
const hasNoCredentials = (url: string) => new URL(url).username === '' && new URL(url).password === ''
/** Where a door listens. Port 0 takes a free one. */
const listen = (defaultPort: number) =>
  z
    .strictObject({ host: z.string().min(1).default('127.0.0.1'), port: port.default(defaultPort) })
    .prefault({})

/** Nodes that geth connects to by itself. */
export const GETH_PEERS_LIMIT = 50

/** Which engine runs the chain. A configuration without `engine` means the embedded one. */
const ChainConfig = z.preprocess(
  (value) => (typeof value === 'object' && value !== null ? { engine: 'embedded', ...value } : value),
  z.discriminatedUnion('engine', [
    z.strictObject({ engine: z.literal('embedded'), rpc: listen(8545) }),
    z.strictObject({
      engine: z.literal('geth'),
      /** geth 1.13.15; from PATH unless told. */
      binary: absolutePath.optional(),
      rpc: listen(8545),
      /** Where other hospitals' nodes reach this one's. */
      p2p: listen(30_303),
      /** `enode://…` of the other hospitals' nodes. */
      peers: z.array(EnodeUrl).max(GETH_PEERS_LIMIT).default([]),
      /** Memory for geth's caches, MiB. */
      cacheMb: z.int().min(64).max(65_536).default(256),
    }),
    z.strictObject({
      engine: z.literal('rpc'),
      /** JSON-RPC of a node that the hospital runs; credentials go into `tokenFile`. */
      url: z.url({ protocol: /^https?$/ }).refine(hasNoCredentials, 'no user or password in the URL'),
      /** File with a bearer token, for nodes that want one. */
      tokenFile: absolutePath.optional(),
      /** How long before a block is due the node picks its transactions, ms. */
      pickMs: z.int().min(0).max(60_000).default(1_000),
    }),
  ]),
)

/** Of Chrome, Firefox, Edge and Safari. */
const PUSH_SERVICES = [
  'fcm.googleapis.com',
  'updates.push.services.mozilla.com',
  '*.notify.windows.com',
  'web.push.apple.com',
]

function isSafe(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || hostname === '127.0.0.1' || hostname === 'localhost'
}

const perMinute = z.int().min(1).max(10_000_000)
const LIMIT_NAMES = [
  'perAddress',
  'nonces',
  'signIns',
  'relays',
  'revocations',
  'physicianKeys',
  'chain',
  'operator',
  'consortium',
  'reencryptions',
  'uploads',
  'grants',
  'pairings',
  'staff',
  'events',
  'streams',
  'streamsPerAccount',
] as const

/** Everything the daemon may be told from outside. A field not listed here does not exist. */
export const DaemonConfig = z.strictObject({
  /** Journal, blocks, chain, grants and audit log. */
  dataDir: absolutePath,
  /** What `init` made: keys, certificates, genesis. */
  keysDir: absolutePath,
  /** Name or address under which devices and browsers reach this hospital; in its certificate. */
  publicHost: z.string().min(1).default('localhost'),
  disk: z
    .strictObject({
      /** With less than this free where the data is, new batches are refused and devices spool; MiB. */
      leastFreeMiB: z.int().min(80).max(1_048_576).default(512),
    })
    .prefault({}),
  logLevel: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
  api: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1'),
      port: port.default(8443),
      /** Requests a minute, where the defaults do not fit: of an address, or of a signed-in account. */
      limits: z
        .strictObject(Object.fromEntries(LIMIT_NAMES.map((name) => [name, perMinute])))
        .partial()
        .default({}),
    })
    .prefault({}),
  dapp: DappConfig,
  /** A door for browsers with a certificate that they trust; without it they come in by the API's. */
  browsers: BrowsersConfig.optional(),
  /** Statements that one account may have relayed in a minute. */
  relayPerSigner: perMinute.default(30),
  mqtt: MqttConfig,
  coap: listen(5683),
  chain: ChainConfig.prefault({ engine: 'embedded' }),
  ipfs: IpfsConfig.prefault({}),
  consortium: z
    .strictObject({
      /** The permanent Directory of a consortium that others founded; this hospital's own when left out. */
      directory: z
        .string()
        .regex(/^0x[0-9a-f]{40}$/, 'not 0x and 40 lower-case hex digits')
        .transform((text) => text as Address)
        .optional(),
      /** How many hospitals are to hold each batch; a proxy answers only for what its hospital holds. */
      replicas: z.union([z.literal('all'), z.int().min(1).max(64)]).default('all'),
      /** Other hospitals that must say to hold a batch before it gets a receipt, as far as there are any. */
      witnesses: z.int().min(0).max(63).default(1),
    })
    .prefault({}),
  reencrypt: z.strictObject({ workers: z.int().min(1).max(64).default(2) }).prefault({}),
  emergency: z
    .strictObject({
      /** Who agrees, as another hospital, that a grant for emergencies is opened: the operator, or the machine. */
      witness: z.enum(['operator', 'automatic']).default('operator'),
    })
    .prefault({}),
  /** Telling people outside that an alert came, or that a device is silent: never what was measured. */
  notices: z
    .strictObject({
      /** How often each device sends at least, s; three times that without anything is silence. */
      windowSec: z.int().min(1).max(86_400).default(60),
      webhooks: z
        .array(
          z.strictObject({
            url: z.url({ protocol: /^https?$/ }).refine(isSafe, 'not https, nor on this machine'),
            /** 64 hex digits, mode 0600: what the receiver checks the signature with. */
            secretFile: absolutePath,
          }),
        )
        .max(8)
        .default([]),
      /** Web Push to browsers that ask for it; off when it is missing. */
      push: z
        .strictObject({
          /** Where push services reach who runs this. */
          contact: z.url({ protocol: /^(https|mailto)$/ }),
          /** Push services of browsers; `*.` stands for any subdomain. */
          hosts: z.array(z.string().min(1)).min(1).default(PUSH_SERVICES),
        })
        .optional(),
    })
    .prefault({}),
  anchor: z
    .strictObject({
      /** How long before a block is due its anchor goes out, ms. */
      leadMs: z.int().min(20).max(2_000).default(100),
    })
    .prefault({}),
})
export type DaemonConfig = z.infer<typeof DaemonConfig>
