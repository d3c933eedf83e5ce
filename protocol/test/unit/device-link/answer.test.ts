import { decode, encode } from '@ipld/dag-cbor'
import t from 'tap'
import { type Answer, decodeAnswers, encodeAnswers } from '../../../src/device-link/answer.ts'
import { fromHex, parseHex32 } from '../../../src/ids.ts'
import vectors from '../../vectors/link.json' with { type: 'json' }

type Fields = [kind: string, body: unknown, rest: unknown]
const [, fields] = decode<[number, [Fields, Fields, Fields, Fields]]>(fromHex(vectors.answers.bytes))
const [receipts, refused, busy, labelKeys] = fields

t.test('answers that say nothing sensible are refused', async (t) => {
  t.equal(decodeAnswers(encode([1, fields])).length, 4, 'these do')
  const wrong: Record<string, unknown> = {
    'another version': [2, []],
    'an unknown kind': [1, [['maybe', null, null]]],
    'an unknown reason': [1, [refused.with(1, (refused[1] as unknown[]).with(2, 'MOOD'))]],
    'more after a refusal': [1, [refused.with(2, 0)]],
    'more after label keys': [1, [labelKeys.with(2, 0)]],
    'a delay of more than a day': [1, [busy.with(2, 86_400_001)]],
    'receipts without a list': [1, [receipts.with(2, null)]],
    'too many answers': [1, Array(65).fill(busy)],
  }
  for (const [name, value] of Object.entries(wrong)) {
    t.throws(() => decodeAnswers(encode(value)), { code: 'MALFORMED' }, name)
  }
})

t.test('answers that a device would have to refuse are not made', async (t) => {
  const later: Answer = { kind: 'busy', digest: parseHex32(`0x${'00'.repeat(32)}`), delayMs: 1_000 }
  t.equal(decodeAnswers(encodeAnswers(Array(64).fill(later))).length, 64)
  t.throws(() => encodeAnswers(Array(65).fill(later)), RangeError, 'too many')
  const [answer] = decodeAnswers(encode([1, [receipts]]))
  if (answer?.kind !== 'receipts') throw new Error('the first answer of the vector is not of receipts')
  const many = { ...answer, proven: Array(8_192).fill(answer.proven[0]) }
  t.throws(() => encodeAnswers([many]), RangeError, 'too large')
})
