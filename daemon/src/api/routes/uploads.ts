import { type Answer, encodeAnswers } from '@hygeia/protocol/device-link/answer'
import { SEALED_LIMIT_BYTES } from '@hygeia/protocol/sealed/codec'
import { BODY, binary, problems, SESSION } from '../documents.ts'
import { requireSession, sessionOf } from '../guards.ts'
import { perAccount } from '../limits.ts'
import type { SessionPort, UploadPort } from '../ports.ts'
import { CBOR, cborBytes } from '../schemas.ts'
import type { App } from '../server.ts'

/** Receipts that are given with an answer; the others are asked for by CID. */
const REPLY_LIMIT_BYTES = 24 * 1024
const ANSWERS_LIMIT_BYTES = 2 * REPLY_LIMIT_BYTES

export interface UploadDeps {
  readonly ingest: UploadPort
  readonly sessions: SessionPort
  readonly limits: { readonly uploads: number }
}

/** Sealed batches of those who have no other door: a patient's browser, which is a device of its own. */
export function uploadRoutes(app: App, { ingest, sessions, limits }: UploadDeps): void {
  app.post(
    '/v1/batches',
    {
      preParsing: [requireSession(sessions, 'patient'), perAccount(app, limits.uploads)],
      bodyLimit: SEALED_LIMIT_BYTES,
      schema: {
        summary: 'Give a sealed batch',
        description:
          'As a device gives it over MQTT or CoAP: it counts by its own signature, whoever brings it. Once this is ' +
          'answered the batch is on the disk, or refused by name. An empty list says that the receipt follows.',
        tags: ['batches'],
        security: [{ session: [] }, { cookie: [] }],
        consumes: [CBOR],
        body: cborBytes(SEALED_LIMIT_BYTES, 'SealedBatch'),
        response: {
          200: binary(CBOR, cborBytes(ANSWERS_LIMIT_BYTES, 'Answers'), 'What a device is told'),
          ...problems(...BODY, ...SESSION),
        },
      },
    },
    async (request, reply) => {
      const { account } = sessionOf(request)
      const answers: readonly Answer[] = await ingest.batch(request.body, {
        door: 'https',
        device: undefined,
        name: account,
        group: account,
        replyLimitBytes: REPLY_LIMIT_BYTES,
      })
      return reply.type(CBOR).send(Buffer.from(encodeAnswers(answers)))
    },
  )
}
