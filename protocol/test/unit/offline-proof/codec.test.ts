import { decode, encode } from '@ipld/dag-cbor'
import t from 'tap'
import { HEADER_LIMIT_BYTES } from '../../../src/clique/header.ts'
import { fromHex } from '../../../src/ids.ts'
import { decodeOfflineProof, isOfflineProof } from '../../../src/offline-proof/codec.ts'
import {
  CODE_LIMIT_BYTES,
  NODE_LIMIT,
  NODE_LIMIT_BYTES,
  OFFLINE_PROOF_LIMIT_BYTES,
  PROOF_HEADER_LIMIT,
  RECORD_LIMIT,
  RUN_LIMIT,
} from '../../../src/offline-proof/offline-proof.ts'
import vectors from '../../vectors/offline-proof.json' with { type: 'json' }

const bytes = fromHex(vectors['offline proof'].bytes)
const fields = decode<unknown[]>(bytes)
const [REALM, RECORDS, EPOCH, BLOCK, RUNS, CODE, NODES] = [2, 4, 5, 6, 7, 8, 10]
const one = Uint8Array.of(1)
const [record, , audit = []] = fields[RECORDS] as unknown[][]

t.test('every bound is a refusal that names the field', (t) => {
  const refused: readonly (readonly [what: string, index: number, value: unknown, reason: RegExp])[] = [
    ['another name', 0, 'hygeia-offline-prooF', /offline proof: field 0/],
    ['another version', 1, 2, /offline proof: field 1/],
    ['no chain', REALM, [0, new Uint8Array(20), new Uint8Array(32)], /realm/],
    ['a short genesis', REALM, [1, new Uint8Array(20), new Uint8Array(31)], /realm/],
    ['no record', RECORDS, [], /empty/],
    ['too many records', RECORDS, Array(RECORD_LIMIT + 1).fill(record), /at most 256/],
    ['a receipt too long', RECORDS, [['batch', new Uint8Array(4_097), null]], /batch record/],
    ['no receipt', RECORDS, [['batch', one, null]], /receipt/],
    ['a batch too long', RECORDS, [['batch', record?.[1], new Uint8Array(65_537)]], /batch record/],
    ['another kind of record', RECORDS, [['birth', one, null]], /batch record/],
    ['an entry too long', RECORDS, [audit.with(1, new Uint8Array(1_025))], /audit record/],
    ['no entry', RECORDS, [audit.with(1, one)], /audit entry/],
    ['an entry not signed', RECORDS, [audit.with(2, one)], /audit record/],
    ['an anchor of none', RECORDS, [audit.with(3, (audit[3] as unknown[]).with(1, 0))], /audit anchor/],
    [
      'an entry too deep',
      RECORDS,
      [audit.with(3, (audit[3] as unknown[]).with(4, Array(14).fill(one)))],
      /audit anchor/,
    ],
    ['no epoch', EPOCH, 0, /none/],
    ['no block', BLOCK, -1, /integer/],
    ['no runs', RUNS, [], /empty/],
    ['an empty run', RUNS, [[]], /empty/],
    ['too many runs', RUNS, Array(RUN_LIMIT + 1).fill([one]), /at most 256/],
    ['a run too long', RUNS, [Array(PROOF_HEADER_LIMIT + 1).fill(one)], /at most 32768/],
    [
      'too many headers in all',
      RUNS,
      Array(2).fill(Array(PROOF_HEADER_LIMIT / 2 + 1).fill(one)),
      /32770 headers/,
    ],
    ['a header too long', RUNS, [[new Uint8Array(HEADER_LIMIT_BYTES + 1)]], /header/],
    ['no code', CODE, new Uint8Array(0), /bytes/],
    ['code too long', CODE, new Uint8Array(CODE_LIMIT_BYTES + 1), /bytes/],
    ['no nodes', NODES, [], /empty/],
    ['too many nodes', NODES, Array(NODE_LIMIT + 1).fill(one), /at most 8192/],
    ['a node twice', NODES, [one, one], /ascend/],
    ['nodes out of order', NODES, [Uint8Array.of(2), one], /ascend/],
    ['a node too long', NODES, [new Uint8Array(NODE_LIMIT_BYTES + 1)], /trie node/],
  ]
  for (const [what, index, value, reason] of refused) {
    t.throws(
      () => decodeOfflineProof(encode(fields.with(index, value))),
      { code: 'MALFORMED', message: reason },
      what,
    )
  }
  t.throws(() => decodeOfflineProof(new Uint8Array(OFFLINE_PROOF_LIMIT_BYTES + 1)), /at most/)
  t.end()
})

t.test('a file is told from others by how it begins', (t) => {
  t.ok(isOfflineProof(bytes))
  t.notOk(isOfflineProof(new Uint8Array(0)))
  t.notOk(isOfflineProof(new TextEncoder().encode('{"kind":"hygeia-record"}')))
  t.end()
})
