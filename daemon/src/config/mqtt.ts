import { isAbsolute } from 'node:path'
import { z } from 'zod'

const absolutePath = z.string().refine(isAbsolute, 'not an absolute path')

/** A broker in the daemon itself. */
const Embedded = z.strictObject({
  broker: z.literal('embedded'),
  host: z.string().min(1).default('127.0.0.1'),
  /** 0 takes a free one. */
  port: z.int().min(0).max(65_535).default(8883),
})

/** A broker that the hospital runs already, MQTT 5 with shared subscriptions: the daemon is one of its clients. */
const External = z
  .strictObject({
    broker: z.literal('external'),
    /** Where the daemon finds it. Without TLS on loopback only. */
    url: z.url({ protocol: /^mqtts?$/ }),
    /** Where devices find it; its certificate is by this hospital's CA, the only one that they trust. */
    publicUrl: z.url({ protocol: /^mqtts$/ }),
    /** CA of the certificate that the broker shows the daemon, PEM; this hospital's own unless told. */
    caFile: absolutePath.optional(),
    /** Who the daemon is there: by password, */
    username: z.string().min(1).max(256).optional(),
    passwordFile: absolutePath.optional(),
    /** or by certificate. */
    client: z.strictObject({ certFile: absolutePath, keyFile: absolutePath }).optional(),
    /** Daemons of one group share the batches among them: each goes to one. */
    group: z
      .string()
      .regex(/^[\w-]{1,32}$/)
      .default('hygeia'),
    /** Connections of this daemon. On each, one batch after the other goes to the disk. */
    connections: z.int().min(1).max(64).default(8),
  })
  .refine(
    ({ url }) =>
      url.startsWith('mqtts:') || ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname),
    { message: 'without TLS, only a broker on this machine: use mqtts://', path: ['url'] },
  )
  .refine(({ username, passwordFile }) => passwordFile === undefined || username !== undefined, {
    message: 'missing: a password is for a user',
    path: ['username'],
  })

/** Which broker devices connect to. */
export const MqttConfig = z
  .preprocess(
    // The daemon's own unless told.
    (value) => (typeof value === 'object' ? { broker: 'embedded', ...value } : value),
    z.discriminatedUnion('broker', [Embedded, External]),
  )
  .prefault({})
export type ExternalBrokerConfig = z.infer<typeof External>
