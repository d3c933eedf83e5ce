import { isAbsolute } from 'node:path'
import { z } from 'zod'

const absolutePath = z.string().refine(isAbsolute, 'not an absolute path')
const port = z.int().min(0).max(65_535)
/** Where a door listens. Port 0 takes a free one. */
const listen = (defaultPort: number) =>
  z
    .strictObject({ host: z.string().min(1).default('127.0.0.1'), port: port.default(defaultPort) })
    .prefault({})

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
  'reencryptions',
  'grants',
  'pairings',
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
  /** Statements that one account may have relayed in a minute. */
  relayPerSigner: perMinute.default(30),
  mqtt: listen(8883),
  coap: listen(5683),
  chain: z
    .strictObject({
      engine: z.literal('embedded').default('embedded'),
      rpc: listen(8545),
    })
    .prefault({}),
  ipfs: z
    .strictObject({
      /** Multiaddresses to listen on; none keeps the node to itself. */
      listen: z.array(z.string()).default([]),
      swarmKeyFile: absolutePath.optional(),
    })
    .prefault({}),
  reencrypt: z.strictObject({ workers: z.int().min(1).max(64).default(2) }).prefault({}),
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
