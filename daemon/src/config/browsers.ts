import { z } from 'zod'
import { absolutePath } from './absolute-path.ts'

const host = z.string().min(1)
const port = z.int().min(0).max(65_535)

/** Where a certificate comes from that browsers trust; devices go on trusting the hospital's own CA alone. */
const CertificateConfig = z.discriminatedUnion('from', [
  z.strictObject({
    from: z.literal('files'),
    /** PEM: the certificate, then those between it and its root. Read anew when it changes. */
    certFile: absolutePath,
    keyFile: absolutePath,
  }),
  z.strictObject({
    from: z.literal('acme'),
    /** Directory of the certificate authority (RFC 8555 §7.1.1). */
    directory: z.url({ protocol: /^https$/ }),
    /** The authority's terms were read, and are agreed to. */
    agreesToTerms: z.literal(true),
    /** Where it writes to before something ends. */
    email: z.email().optional(),
    /** Where it asks for the answer to its challenge (http-01): it comes to port 80 of `names`. */
    challenge: z.strictObject({ host: host.default('0.0.0.0'), port: port.default(80) }).prefault({}),
    /** PEM of the CA of the authority's own server, where no public one signed it. */
    caFile: absolutePath.optional(),
  }),
])

/** A further HTTPS door, for browsers. */
export const BrowsersConfig = z.strictObject({
  host: host.default('0.0.0.0'),
  port: port.default(443),
  /** Names that browsers use; the first is told to them. */
  names: z.array(z.string().min(1).max(253)).min(1).max(20),
  certificate: CertificateConfig,
})
export type BrowsersConfig = z.infer<typeof BrowsersConfig>
export type AcmeConfig = Extract<BrowsersConfig['certificate'], { from: 'acme' }>
export type CertificateFilesConfig = Extract<BrowsersConfig['certificate'], { from: 'files' }>
