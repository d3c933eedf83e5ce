import { LABEL_KEYS_LIMIT_BYTES } from '@hygeia/protocol/label-keys/label-keys'
import { z } from 'zod'
import { BODY, binary, problems, SESSION } from '../documents.ts'
import { requireSession, sessionOf } from '../guards.ts'
import { perAccount } from '../limits.ts'
import type { MailboxPort, SessionPort } from '../ports.ts'
import { CBOR, cborBytes, mailboxName, unixMs } from '../schemas.ts'
import type { App } from '../server.ts'

const OFFER_LIMIT_BYTES = 256
const offer = cborBytes(OFFER_LIMIT_BYTES, 'PairingOffer')
const answer = cborBytes(LABEL_KEYS_LIMIT_BYTES, 'SignedLabelKeys')
const params = z.object({ mailbox: mailboxName })
const done = z.null().meta({ description: 'Held' })

export interface PairingDeps {
  readonly mailboxes: MailboxPort
  readonly sessions: SessionPort
  readonly limits: { readonly pairings: number }
}

/** Where a device and its patient find each other. */
export function pairingRoutes(app: App, { mailboxes, sessions, limits }: PairingDeps): void {
  const tags = ['pairing']
  const security = [{ session: [] }, { cookie: [] }]
  const preParsing = [requireSession(sessions, 'patient'), perAccount(app, limits.pairings)]
  app.post(
    '/v1/pairings',
    {
      preParsing,
      schema: {
        summary: 'Open a mailbox',
        description:
          'A place where device and patient exchange one message each while they are paired. It is gone when its time is over.',
        tags,
        security,
        body: z.strictObject({ mailbox: mailboxName, expires: unixMs }),
        response: {
          201: z.object({ mailbox: mailboxName, expires: unixMs }),
          ...problems(...BODY, ...SESSION, 'MAILBOX_TAKEN', 'MAILBOX_LIMIT', 'MAILBOX_EXPIRY'),
        },
      },
    },
    async (request, reply) => {
      const { mailbox, expires } = request.body
      mailboxes.open(mailbox, sessionOf(request).account, expires)
      return reply.code(201).send({ mailbox, expires })
    },
  )
  app.put(
    '/v1/pairings/:mailbox/offer',
    {
      bodyLimit: OFFER_LIMIT_BYTES,
      schema: {
        summary: "Put the device's offer",
        description:
          'Who knows the name of the mailbox may put one offer into it: the name is random and is in the code that is scanned.',
        tags,
        params,
        consumes: [CBOR],
        body: offer,
        response: { 204: done, ...problems(...BODY, 'MAILBOX_UNKNOWN', 'MAILBOX_TAKEN') },
      },
    },
    async ({ params, body }, reply) => {
      mailboxes.putOffer(params.mailbox, body)
      return reply.code(204).send(null)
    },
  )
  app.get(
    '/v1/pairings/:mailbox/offer',
    {
      schema: {
        summary: "The device's offer",
        description:
          'As the device put it; what is in it is checked by the patient’s client, who compares the words.',
        tags,
        params,
        response: { 200: binary(CBOR, offer, 'The offer'), ...problems('MAILBOX_UNKNOWN', 'OFFER_MISSING') },
      },
    },
    async ({ params }, reply) => reply.type(CBOR).send(Buffer.from(mailboxes.offer(params.mailbox))),
  )
  app.put(
    '/v1/pairings/:mailbox/answer',
    {
      preParsing,
      bodyLimit: LABEL_KEYS_LIMIT_BYTES,
      schema: {
        summary: "Put the patient's answer",
        description: 'Signed by the patient whose mailbox it is, for the device that made the offer.',
        tags,
        security,
        params,
        consumes: [CBOR],
        body: answer,
        response: {
          204: done,
          ...problems(
            ...BODY,
            ...SESSION,
            'MAILBOX_UNKNOWN',
            'MAILBOX_TAKEN',
            'OFFER_MISSING',
            'ANSWER_NOT_GENUINE',
          ),
        },
      },
    },
    async (request, reply) => {
      mailboxes.putAnswer(request.params.mailbox, sessionOf(request).account, request.body)
      return reply.code(204).send(null)
    },
  )
  app.get(
    '/v1/pairings/:mailbox/answer',
    {
      schema: {
        summary: "The patient's answer",
        description: 'Asked for by the device until it is there.',
        tags,
        params,
        response: {
          200: binary(CBOR, answer, 'The answer'),
          ...problems('MAILBOX_UNKNOWN', 'ANSWER_MISSING'),
        },
      },
    },
    async ({ params }, reply) => reply.type(CBOR).send(Buffer.from(mailboxes.answer(params.mailbox))),
  )
}
