import cors from '@fastify/cors'
import type { Address } from '@hygeia/protocol/ids'
import type { AddressPort } from './ports.ts'
import type { App } from './server.ts'

export interface OriginDeps {
  readonly addresses: Pick<AddressPort, 'all'>
  readonly realm: () => { readonly hospital: Address }
}

/**
 * Origins of the consortium's other hospitals, as each says by its own signed word where it is reached; and the usual
 * port of the same host, where a hospital that has a door for browsers opens it.
 */
export function hospitalOrigins({ addresses, realm }: OriginDeps): readonly string[] {
  const { hospital: own } = realm()
  const origins = addresses
    .all()
    .filter(({ hospital }) => hospital !== own)
    .flatMap(({ api }) => [new URL(api).origin, `https://${new URL(api).hostname}`])
  return [...new Set(origins)]
}

/** Longest that a browser may remember the answer to a preflight. */
const REMEMBERED_SEC = 600
const FOR_STAFF = /^\/v1\/(?:operator|ops)(?:\/|$)/

/**
 * Lets pages of the consortium's other hospitals ask this one with a bearer token, since a patient's grant is divided
 * among them. No cookie goes along, and what is for the staff stays this hospital's own.
 *
 * @see Fetch Standard, CORS protocol
 */
export async function allowHospitals(app: App, deps: OriginDeps): Promise<void> {
  await app.register(cors, {
    delegator: (request, done) => {
      const { origin } = request.headers
      const path = request.url.split('?')[0] ?? ''
      const isAllowed =
        origin !== undefined &&
        path.startsWith('/v1/') &&
        !FOR_STAFF.test(path) &&
        hospitalOrigins(deps).includes(origin)
      done(null, {
        origin: isAllowed ? origin : false,
        methods: ['GET', 'POST', 'PUT', 'DELETE'],
        allowedHeaders: ['authorization', 'content-type', 'last-event-id'],
        exposedHeaders: ['retry-after'],
        credentials: false,
        maxAge: REMEMBERED_SEC,
      })
    },
  })
}
