import { generate, parse } from 'coap-packet'
import t from 'tap'
import { encodeBlock, parseBlock } from '../../../src/coap/block.ts'
import {
  CODE,
  encodeMessage,
  hasUnknownCritical,
  type Message,
  OPTION,
  parseMessage,
  pathOf,
  readUint,
  TYPE,
  uintValue,
} from '../../../src/coap/message.ts'
import { seeded } from '../../corpus/world.ts'

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

t.test('reads the messages of RFC 7252 appendix A', async (t) => {
  // Figure 16: GET coap://server/temperature, and its piggybacked reply "22.3 C"; figure 17 with token 0x20.
  const request = parseMessage(hex('40 01 7d 34 bb 74 65 6d 70 65 72 61 74 75 72 65'))
  t.match(request, { type: TYPE.confirmable, code: 1, id: 0x7d34 })
  t.equal(request && pathOf(request), '/temperature')
  const reply = parseMessage(hex('60 45 7d 34 ff 32 32 2e 33 20 43'))
  t.match(reply, { type: TYPE.acknowledgement, code: 0x45, id: 0x7d34 })
  t.equal(reply?.payload.toString(), '22.3 C')
  t.match(parseMessage(hex('41 01 7d 35 20 bb 74 65 6d 70 65 72 61 74 75 72 65')), { token: hex('20') })
})

t.test('coap-packet reads what is written here, and the other way round', async (t) => {
  for (let round = 0; round < 50; round++) {
    const random = seeded(`message ${round}`, 600)
    const message: Message = {
      type: TYPE.confirmable,
      code: CODE.post,
      id: random.readUInt16BE(0),
      token: random.subarray(2, 2 + (round % 9)),
      options: [
        { number: OPTION.uriPath, value: Buffer.from('batch') },
        { number: OPTION.block1, value: random.subarray(20, 20 + (round % 4)) },
        { number: OPTION.echo, value: random.subarray(30, 30 + (round % 40)) },
        { number: OPTION.requestTag, value: random.subarray(80, 80 + (round % 9)) },
        { number: 65_000, value: random.subarray(100, 100 + ((round * 11) % 300)) },
      ],
      payload: random.subarray(0, round * 10),
    }
    const bytes = encodeMessage(message)
    const theirs = parse(bytes)
    t.match(theirs, { code: '0.02', confirmable: true, messageId: message.id })
    t.same(
      theirs.options.map(({ value }) => value),
      message.options.map(({ value }) => value),
    )
    t.same(theirs.payload, message.payload)
    const again = parseMessage(generate(theirs))
    t.same(again, message, `message ${round}`)
  }
})

t.test('critical options are odd', async (t) => {
  const having = (number: number) =>
    hasUnknownCritical({
      ...{ type: 0, code: 2, id: 1, token: Buffer.alloc(0), payload: Buffer.alloc(0) },
      options: [{ number, value: Buffer.alloc(0) }],
    })
  t.same([1, 5, 9, 39].map(having), [true, true, true, true])
  t.same([4, 6, 12, 16, 252, 65_000].map(having), [false, false, false, false, false, false])
  t.same([3, 7, 11, 15, 17, 23, 27, 35].map(having), Array(8).fill(false))
})

t.test('numbers and blocks have the forms of RFC 7252 §3.2 and RFC 7959 §2.2', async (t) => {
  t.same(
    [0, 1, 255, 256, 65_535, 65_536].map((value) => Buffer.from(uintValue(value)).toString('hex')),
    [...['', '01', 'ff', '0100', 'ffff', '010000']],
  )
  for (const value of [0, 1, 255, 256, 2 ** 32 - 1]) t.equal(readUint(uintValue(value)), value)
  t.equal(readUint(Buffer.alloc(5)), undefined)
  // RFC 7959 §3.1, figure 5: 1:1/1/128 and 1:3/0/128 in the notation NUM/M/SZX.
  t.same(encodeBlock({ number: 1, hasMore: true, sizeExponent: 3 }), hex('1b'))
  t.same(encodeBlock({ number: 3, hasMore: false, sizeExponent: 3 }), hex('33'))
  for (const block of [
    { number: 0, hasMore: false, sizeExponent: 0 },
    { number: 15, hasMore: true, sizeExponent: 6 },
    { number: 16, hasMore: false, sizeExponent: 6 },
    { number: 2 ** 20 - 1, hasMore: true, sizeExponent: 5 },
  ]) {
    t.same(parseBlock(encodeBlock(block)), block)
  }
  t.equal(parseBlock(hex('07')), undefined)
  t.equal(parseBlock(hex('00000000')), undefined)
})

t.test('what a proxy hands on goes by the address that its client gave it', async (t) => {
  const pathTo = (address: string) => {
    const options = [
      { number: OPTION.proxyUri, value: Buffer.from(address) },
      { number: OPTION.uriPath, value: Buffer.from('question') },
    ]
    return pathOf({ type: 0, code: CODE.post, id: 1, token: hex(''), options, payload: hex('') })
  }
  t.equal(pathTo('coap://hospital/batch'), '/batch')
  t.equal(pathTo('coap://[2001:db8::1]:61616/batch?x'), '/batch')
  t.equal(pathTo('batch'), undefined, 'not an address')
  t.equal(pathTo('coap://hospital/a/../batch'), '/batch')
})
