import type { Address } from '@hygeia/protocol/ids'
import { z } from 'zod'
import { BODY, binary, DISK, problems, SESSION } from '../documents.ts'
import { requireSession, sessionOf } from '../guards.ts'
import type { SessionPort } from '../ports.ts'
import { ApiError, type ProblemCode } from '../problem.ts'
import { address, CBOR, cborBytes } from '../schemas.ts'
import type { App } from '../server.ts'

interface OfOneDevice {
  readonly patient: Address
  readonly device: Address
}

/** What a route says of itself. */
interface Said {
  readonly summary: string
  readonly description: string
}

/** One kind of what a patient signs for a device, and where it is kept. */
export interface PatientSigned<T extends OfOneDevice> {
  /** Last part of the path. */
  readonly name: string
  /** As the protocol names it. */
  readonly what: string
  readonly limitBytes: number
  readonly decode: (bytes: Uint8Array) => T
  readonly encode: (document: T) => Uint8Array
  readonly kept: {
    put(document: T): Promise<void>
    get(device: Address): Promise<T | undefined>
  }
  readonly put: Said
  readonly get: Said
  /** What answers with 200. */
  readonly newest: string
  /** Why one may not be taken, besides what any may not. */
  readonly refusals: readonly ProblemCode[]
}

const params = z.object({ device: address })

/** Put by the patient whose device it is, and given back to that patient as it was signed. */
export function patientSignedRoutes<T extends OfOneDevice>(
  app: App,
  kind: PatientSigned<T>,
  { sessions }: { readonly sessions: SessionPort },
): void {
  const { kept, limitBytes } = kind
  const url = `/v1/devices/:device/${kind.name}`
  const document = cborBytes(limitBytes, kind.what)
  const common = { tags: ['devices'], security: [{ session: [] }, { cookie: [] }], params }
  const preParsing = requireSession(sessions, 'patient')
  app.put(
    url,
    {
      preParsing,
      bodyLimit: limitBytes,
      schema: {
        ...kind.put,
        ...common,
        consumes: [CBOR],
        body: document,
        response: {
          204: z.null().meta({ description: 'Held' }),
          ...problems(...BODY, ...SESSION, ...DISK, ...kind.refusals),
        },
      },
    },
    async (request, reply) => {
      const given = kind.decode(request.body)
      const isOwn = given.patient === sessionOf(request).account && given.device === request.params.device
      if (!isOwn) throw new ApiError('NOT_YOURS')
      await kept.put(given)
      return reply.code(204).send(null)
    },
  )
  app.get(
    url,
    {
      preParsing,
      schema: {
        ...kind.get,
        ...common,
        response: { 200: binary(CBOR, document, kind.newest), ...problems(...SESSION, 'NOT_FOUND') },
      },
    },
    async (request, reply) => {
      const held = await kept.get(request.params.device)
      // The same answer for nobody's device and for somebody else's.
      if (held?.patient !== sessionOf(request).account) throw new ApiError('NOT_FOUND')
      return reply.type(CBOR).send(Buffer.from(kind.encode(held)))
    },
  )
}
