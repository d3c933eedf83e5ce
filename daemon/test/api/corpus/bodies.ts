import { randomBytes } from 'node:crypto'
import { type Case, json, typed } from './case.ts'

const text = (raw: string) => typed('application/json', raw)

/** Bodies that are no bodies. */

export function bodies({
  patient,
}: {
  readonly patient: { readonly token: string | undefined }
}): readonly Case[] {
  const to = '/v1/relay'
  return [
    ['an empty body', 'NOT_JSON', to, text('')],
    ['truncated JSON', 'NOT_JSON', to, text('{"kind":"revoke","message":{')],
    ['random bytes as JSON', 'NOT_JSON', to, typed('application/json', randomBytes(100))],
    ['two documents', 'NOT_JSON', to, text('{}{}')],
    ['a prototype in JSON', 'NOT_JSON', to, text('{"__proto__":{"isAdmin":true}}')],
    ['a constructor in JSON', 'NOT_JSON', to, text('{"constructor":{"prototype":{}}}')],
    [
      'compressed JSON',
      'NOT_JSON',
      to,
      {
        ...text('\x1f\x8b\x08'),
        headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      },
    ],
    ['JSON that is null', 'INVALID_REQUEST', to, text('null')],
    ['JSON that is a number', 'INVALID_REQUEST', to, text('7')],
    ['JSON that is a list', 'INVALID_REQUEST', to, text('[]')],
    ['JSON that is text', 'INVALID_REQUEST', to, text('"revoke"')],
    ['lists in lists in lists', 'INVALID_REQUEST', to, text(`${'['.repeat(5_000)}${']'.repeat(5_000)}`)],
    ['plain text', 'MEDIA_TYPE', to, typed('text/plain', 'hello')],
    ['a form', 'MEDIA_TYPE', to, typed('application/x-www-form-urlencoded', 'kind=revoke')],
    ['a multipart form', 'MEDIA_TYPE', to, typed('multipart/form-data; boundary=x', '--x--')],
    ['XML', 'MEDIA_TYPE', to, typed('application/xml', '<a/>')],
    ['a body without a type', 'MEDIA_TYPE', to, { raw: '{}' }],
    ['a type that is no type', 'MEDIA_TYPE', to, typed('§§', '{}')],
    ['CBOR where JSON is wanted', 'INVALID_REQUEST', to, { cbor: Uint8Array.of(0xa0) }],
    ['too large a body', 'BODY_TOO_LARGE', to, json({ kind: 'x'.repeat(20_000) })],
    [
      'too large a grant',
      'BODY_TOO_LARGE',
      '/v1/grants',
      json({ grant: '0'.repeat(300_000) }, patient.token),
    ],
  ]
}
