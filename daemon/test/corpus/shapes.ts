import { decodeCbor, encodeCbor } from '@hygeia/protocol/cbor'
import { formatLabel, monthOf } from '@hygeia/protocol/label'
import { cidOf } from '@hygeia/protocol/sealed/cid'
import { CID } from 'multiformats/cid'
import { type BadMessage, both, CAST, encoded, seeded, type World } from './world.ts'

/** Fields by their place in the block. @see protocol/src/sealed/sealed.cddl */
const FIELD = {
  version: 0,
  device: 1,
  label: 2,
  incarnation: 3,
  sequence: 4,
  prev: 5,
  from: 6,
  span: 7,
  dated: 8,
  priority: 9,
  capsule: 10,
  wrappedKey: 11,
  ciphertext: 12,
  signature: 13,
} as const

const some = (length: number) => seeded(`shape/${length}`, length)

/** Values that must not stand in a field, by what is wrong with them. */
function wrongValues(world: World): readonly (readonly [keyof typeof FIELD, string, unknown])[] {
  const month = monthOf(world.now)
  return [
    ...[0, 2, 255, -1, '1', null, 1.5].map((value) => ['version', `${value}`, value] as const),
    ...[0, 19, 21, 32].map((length) => ['device', `${length} bytes`, some(length)] as const),
    ['device', 'text', CAST.device.address],
    ['device', 'null', null],
    ...[
      '',
      'vitals',
      `vitals/${month}`,
      `vitals/${month}/`,
      `vitals/${month}/01`,
      `vitals/${month}/-1`,
      `vitals/${month}/1234567890`,
      `vitals/${month}/0/0`,
      `vitals/${month}/0 `,
      `VITALS/${month}/0`,
      `pulse/${month}/0`,
      'vitals/2026-00/0',
      'vitals/2026-13/0',
      'vitals/26-01/0',
      `vitals/${month}/0${'0'.repeat(40)}`,
      `../${month}/0`,
      `vitals/${month}/0\0`,
    ].map((label) => ['label', JSON.stringify(label), label] as const),
    ['label', 'bytes', Buffer.from(formatLabel({ category: 'vitals', month, generation: 0 }))],
    ...[0, 7, 9].map((length) => ['incarnation', `${length} bytes`, some(length)] as const),
    ['incarnation', 'an integer', 170],
    ...[-1, 1.5, '7', null, 2n ** 53n, 2n ** 64n - 1n].map(
      (value) => ['sequence', `${value}`, value] as const,
    ),
    ...[0, 35, 37].map((length) => ['prev', `${length} bytes`, some(length)] as const),
    ['prev', 'a CID of another kind', Buffer.concat([Buffer.from([1, 0x55, 0x12, 32]), some(32)])],
    ['prev', 'a link', CID.decode(cidOf(some(8)))],
    ['prev', 'false', false],
    ...[-1, 253_402_300_800_000, 1.5, '0', null].map((value) => ['from', `${value}`, value] as const),
    ...[-1, 253_402_300_800_000, null].map((value) => ['span', `${value}`, value] as const),
    ...[0, 1, null, 'true'].map((value) => ['dated', `${value}`, value] as const),
    ...[4, 255, -1, 'vitals', null].map((value) => ['priority', `${value}`, value] as const),
    ...[0, 104, 106].map((length) => ['capsule', `${length} bytes`, some(length)] as const),
    ...[0, 71, 73].map((length) => ['wrappedKey', `${length} bytes`, some(length)] as const),
    ...[0, 16, 63, 65, 321].map((length) => ['ciphertext', `${length} bytes`, some(length)] as const),
    ['ciphertext', 'text', 'x'.repeat(320)],
    ...[0, 63, 65, 128].map((length) => ['signature', `${length} bytes`, some(length)] as const),
    ['signature', 'a list', [some(32), some(32)]],
  ]
}

/** Blocks that are cut, joined, of the wrong shape, or not the one encoding that a block has. */
export function badShapes(world: World): readonly BadMessage[] {
  const good = Buffer.from(encoded(world, CAST.device, 'shape'))
  const fields = decodeCbor(good, 'good', good.length) as unknown[]
  const malformed = (name: string, bytes: Uint8Array): BadMessage => ({
    name,
    bytes,
    expected: both('MALFORMED'),
  })
  const cuts = [0, 1, 2, 3, 24, 100, good.length >> 1, good.length - 66, good.length - 2, good.length - 1]
  const bytes = (...list: number[]) => Buffer.from(list)
  const head = bytes(0x8e, 0x01)
  const rest = good.subarray(2)
  return [
    ...cuts.map((length) => malformed(`cut after ${length} bytes`, good.subarray(0, length))),
    malformed('a zero byte more', Buffer.concat([good, bytes(0)])),
    malformed('sent twice in one', Buffer.concat([good, good])),
    ...Array.from({ length: 16 }, (_, index) => {
      const length = 1 << Math.min(index, 15)
      return malformed(`${length} random bytes, ${index}`, seeded(`junk/${index}`, length))
    }),
    ...wrongValues(world).map(([field, what, value]) =>
      malformed(`${field}: ${what}`, encodeCbor(fields.with(FIELD[field], value))),
    ),
    malformed('a field less', encodeCbor(fields.slice(0, -1))),
    malformed('a field more', encodeCbor([...fields, 0])),
    malformed('no fields', encodeCbor([])),
    malformed('a map of the fields', encodeCbor(Object.fromEntries(fields.entries()))),
    malformed('the fields in a list', encodeCbor([fields])),
    malformed('its own bytes as a byte string', encodeCbor(good)),
    malformed('null', encodeCbor(null)),
    malformed('text', encodeCbor('sealed batch')),
    // RFC 8949 §4.1 and DAG-CBOR, "Strictness": each value has one encoding.
    malformed('length of the list in two bytes', Buffer.concat([bytes(0x98, 14), good.subarray(1)])),
    malformed('length of the list in three bytes', Buffer.concat([bytes(0x99, 0, 14), good.subarray(1)])),
    malformed('list of indefinite length', Buffer.concat([bytes(0x9f), good.subarray(1), bytes(0xff)])),
    malformed('version in two bytes', Buffer.concat([head.subarray(0, 1), bytes(0x18, 1), rest])),
    malformed('version in three bytes', Buffer.concat([head.subarray(0, 1), bytes(0x19, 0, 1), rest])),
    malformed(
      'version in nine bytes',
      Buffer.concat([head.subarray(0, 1), bytes(0x1b, 0, 0, 0, 0, 0, 0, 0, 1), rest]),
    ),
    malformed(
      'version as a float',
      Buffer.concat([head.subarray(0, 1), bytes(0xfb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0), rest]),
    ),
    malformed('version as a half float', Buffer.concat([head.subarray(0, 1), bytes(0xf9, 0x3c, 0), rest])),
    malformed('version undefined', Buffer.concat([head.subarray(0, 1), bytes(0xf7), rest])),
    malformed('a tag around it', Buffer.concat([bytes(0xd9, 0xd9, 0xf7), good])),
    malformed('a list nested a thousand deep', Buffer.concat([Buffer.alloc(1_000, 0x81), bytes(0x01)])),
    malformed('a list that claims to be endless', Buffer.concat([bytes(0x9b), Buffer.alloc(8, 0xff), rest])),
    malformed('bytes that claim 4 GB', bytes(0x8e, 0x01, 0x5a, 0xff, 0xff, 0xff, 0xff)),
    malformed('65,536 zero bytes', Buffer.alloc(65_536)),
  ]
}
