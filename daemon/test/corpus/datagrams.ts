import { CODE, code, encodeMessage, type Message, OPTION, TYPE } from '../../src/coap/message.ts'
import { seeded } from './world.ts'

/** What a CoAP server says to a datagram: a code, a reset, or nothing. */
export type Said = { readonly code: number } | 'reset' | 'nothing'

export interface BadDatagram {
  readonly name: string
  readonly bytes: Buffer
  readonly said: Said
}

const none = new Uint8Array(0)
const path = (text: string) => ({ number: OPTION.uriPath, value: Buffer.from(text) })
const option = (number: number, ...value: number[]) => ({ number, value: Buffer.from(value) })

/** Datagrams that are no CoAP, or CoAP that this door does not do. Each has a message id of its own, from `id` on. */
export function badDatagrams(id: number): readonly BadDatagram[] {
  let next = id
  const message = (changes: Partial<Message> = {}) =>
    encodeMessage({
      type: TYPE.confirmable,
      code: CODE.post,
      id: next++,
      token: Buffer.from([1, 2]),
      options: [path('batch')],
      payload: Buffer.from('x'),
      ...changes,
    })
  /** A confirmable POST with raw bytes after its header. */
  const raw = (...bytes: number[]) => Buffer.from([0x40, CODE.post, next >> 8, next++ & 0xff, ...bytes])
  const says = (name: string, said: Said, bytes: Buffer): BadDatagram => ({ name, bytes, said })
  const block = (value: number[], payload: Uint8Array, tag: number) =>
    message({
      options: [path('batch'), option(OPTION.block1, ...value), option(OPTION.requestTag, tag)],
      payload,
    })
  return [
    says('no bytes', 'nothing', Buffer.alloc(0)),
    says('three bytes', 'nothing', Buffer.from([0x40, 0x02, 0x00])),
    says('random bytes', 'nothing', Buffer.concat([Buffer.from([0x00]), seeded('datagram', 60)])),
    says('version 0', 'nothing', Buffer.concat([Buffer.from([0x00]), message().subarray(1)])),
    says('version 2', 'nothing', Buffer.concat([Buffer.from([0x80]), message().subarray(1)])),
    says('version 3', 'nothing', Buffer.concat([Buffer.from([0xc0]), message().subarray(1)])),
    ...[9, 12, 13, 14, 15].map((length) => {
      const bytes = message()
      bytes[0] = 0x40 | length
      return says(`token of reserved length ${length}`, 'reset', bytes)
    }),
    says('token beyond the end', 'reset', Buffer.from([0x48, CODE.post, next >> 8, next++ & 0xff, 1])),
    says('empty message with a payload', 'reset', Buffer.from([0x40, 0, next >> 8, next++ & 0xff, 0xff, 1])),
    says('ping', 'reset', Buffer.from([0x40, 0, next >> 8, next++ & 0xff])),
    says('option delta 15', 'reset', raw(0xf1, 0)),
    says('option length 15', 'reset', raw(0xbf, 0)),
    says('option length beyond the end', 'reset', raw(0xb5, 1, 2)),
    says('extended length cut off', 'reset', raw(0xbd)),
    says('extended length of two bytes cut off', 'reset', raw(0xbe, 1)),
    says('extended delta cut off', 'reset', raw(0xd0)),
    says('option of 65,804 bytes', 'reset', raw(0xbe, 0xff, 0xff, 1)),
    says(
      'option numbers that run over',
      'reset',
      raw(...Array.from({ length: 30 }, () => [0xe0, 0xff, 0xff]).flat()),
    ),
    says('33 options', 'reset', raw(...Array.from({ length: 33 }, () => 0x10))),
    says('payload marker without a payload', 'reset', raw(0xff)),
    says('acknowledgement that nobody waits for', 'nothing', message({ type: TYPE.acknowledgement })),
    says('reset that nobody waits for', 'nothing', message({ type: TYPE.reset })),
    says('a response', 'reset', message({ code: CODE.changed })),
    says('a code of a reserved class', 'reset', message({ code: code(7, 1) })),
    says('malformed and not confirmable', 'nothing', Buffer.from([0x5f, CODE.post, 0, 1])),
    ...[1, 3, 4, 5, 6, 7, 31].map((detail) =>
      says(`method 0.0${detail}`, { code: CODE.methodNotAllowed }, message({ code: code(0, detail) })),
    ),
    ...['', 'batches', 'Batch', '.well-known', '\u00e9', '/batch'].map((text) =>
      says(`path ${JSON.stringify(text)}`, { code: CODE.notFound }, message({ options: [path(text)] })),
    ),
    says(
      'path that is not UTF-8',
      { code: CODE.notFound },
      message({ options: [option(OPTION.uriPath, 0xff, 0xfe)] }),
    ),
    says('no path', { code: CODE.notFound }, message({ options: [] })),
    says('path with more behind', { code: CODE.notFound }, message({ options: [path('batch'), path('1')] })),
    ...[1, 5, 9, 39, 65_001].map((number) =>
      says(
        `critical option ${number}`,
        { code: CODE.badOption },
        message({ options: [path('batch'), option(number, 1)] }),
      ),
    ),
    says('Block1 of four bytes', { code: CODE.badOption }, block([0, 0, 0, 0x0e], none, 1)),
    says('Block1 of the reserved size', { code: CODE.badOption }, block([0x0f], Buffer.alloc(1_024), 2)),
    says(
      'Block2 of the reserved size',
      { code: CODE.badOption },
      message({ options: [path('batch'), option(OPTION.block2, 7)] }),
    ),
    says(
      'Block2 of a reply that was not given',
      { code: CODE.incomplete },
      message({ options: [path('question'), option(OPTION.block2, 0x16)] }),
    ),
    says('block shorter than it says', { code: CODE.badRequest }, block([0x0e], Buffer.alloc(100), 3)),
    says('block longer than it says', { code: CODE.badRequest }, block([0x08], Buffer.alloc(100), 4)),
    says('last block longer than it says', { code: CODE.badRequest }, block([0x00], Buffer.alloc(100), 5)),
    says('block without those before', { code: CODE.incomplete }, block([0x1e], Buffer.alloc(1_024), 6)),
    says('last block without those before', { code: CODE.incomplete }, block([0x16], Buffer.alloc(10), 7)),
    says('block beyond 64 KiB', { code: CODE.tooLarge }, block([0x04, 0x0e], Buffer.alloc(1_024), 8)),
    says(
      'the farthest block that there is',
      { code: CODE.tooLarge },
      block([0xff, 0xff, 0xfe], Buffer.alloc(1_024), 9),
    ),
    says(
      'body announced with 1 GB',
      { code: CODE.tooLarge },
      message({
        options: [path('batch'), option(OPTION.block1, 0x0e), option(OPTION.size1, 0x40, 0, 0, 0)],
        payload: Buffer.alloc(1_024),
      }),
    ),
    says(
      'body announced with a number of five bytes',
      { code: CODE.tooLarge },
      message({
        options: [path('batch'), option(OPTION.block1, 0x0e), option(OPTION.size1, 1, 0, 0, 0, 0)],
        payload: Buffer.alloc(1_024),
      }),
    ),
    says(
      'Echo that was not given here',
      { code: CODE.unauthorized },
      message({ options: [path('batch'), { number: OPTION.echo, value: seeded('echo', 16) }] }),
    ),
    says(
      'Echo of another length',
      { code: CODE.unauthorized },
      message({ options: [path('batch'), { number: OPTION.echo, value: seeded('echo', 41) }] }),
    ),
  ]
}
