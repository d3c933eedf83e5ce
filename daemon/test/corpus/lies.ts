import { type Hex32, type Incarnation, toHex } from '@hygeia/protocol/ids'
import { formatLabel, type Label, monthOf, monthsFrom } from '@hygeia/protocol/label'
import { encodeSealed } from '@hygeia/protocol/sealed/codec'
import type { SealedBatch } from '@hygeia/protocol/sealed/header'
import { HOUR_MS, type UnixMs } from '@hygeia/protocol/units'
import {
  type BadMessage,
  both,
  CAST,
  encoded,
  INCARNATION,
  LAST_SEQUENCE,
  sealedBatch,
  seeded,
  type World,
} from './world.ts'

/** Order of secp256k1. @see SEC 2 §2.4.1 */
const ORDER = 0xffff_ffff_ffff_ffff_ffff_ffff_ffff_fffe_baae_dce6_af48_a03b_bfd2_5e8c_d036_4141n

/** Blocks of the right form that are not what they say, or not from whom they say. */
export function lies(world: World): readonly BadMessage[] {
  const { device, other, suspended, unknown } = CAST
  const good = sealedBatch(world, device, 'lie')
  const forged = (name: string, changes: Partial<SealedBatch>): BadMessage => ({
    name,
    bytes: encodeSealed({ ...good, ...changes }),
    expected: both('BAD_SIGNATURE'),
  })
  const flipped = (field: 'ciphertext' | 'capsule' | 'wrappedKey' | 'signature', at: number) => {
    const bytes = Buffer.from(good[field])
    bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8))
    return forged(`a bit flipped in ${field}, byte ${at}`, { [field]: bytes })
  }
  const anotherRealm = (name: string, changes: Partial<World['realm']>): BadMessage => ({
    name,
    bytes: encoded({ ...world, realm: { ...world.realm, ...changes } }, device, 'realm'),
    expected: both('BAD_SIGNATURE'),
  })
  const labelled = (name: string, label: Label): BadMessage => ({
    name,
    bytes: encoded(world, device, name, { label }),
    expected: both('WRONG_LABEL'),
  })
  const month = monthOf(world.now)
  const [, next = month, later = month] = monthsFrom(month, 14)
  const [, , , , , , , , , , , , , year = month] = monthsFrom(month, 14)
  return [
    ...[0, 1, 63, 64, 160, 255, 318, 319].map((at) => flipped('ciphertext', at)),
    ...[0, 1, 50, 103, 104].map((at) => flipped('capsule', at)),
    ...[0, 35, 71].map((at) => flipped('wrappedKey', at)),
    ...[0, 7, 15, 31, 32, 33, 47, 63].map((at) => flipped('signature', at)),
    forged('high s', { signature: highS(good.signature) }),
    forged('r of zero', { signature: Buffer.concat([Buffer.alloc(32), good.signature.subarray(32)]) }),
    forged('s of zero', { signature: Buffer.concat([good.signature.subarray(0, 32), Buffer.alloc(32)]) }),
    forged('signature of zeros', { signature: Buffer.alloc(64) }),
    forged('signature of ones', { signature: Buffer.alloc(64, 0xff) }),
    forged('random signature', { signature: seeded('signature', 64) }),
    forged('another sequence under the signature', { sequence: 1_001 }),
    forged('another incarnation under the signature', { incarnation: '0x00000000000000bb' as Incarnation }),
    forged('another time under the signature', { from: (good.from - 1) as UnixMs }),
    forged('another priority under the signature', { priority: 'alert' }),
    forged('not dated any more under the signature', { isDated: false }),
    forged('a predecessor under the signature', { prev: Buffer.from(`01711220${'11'.repeat(32)}`, 'hex') }),
    forged('longer ciphertext under the signature', {
      ciphertext: Buffer.concat([good.ciphertext, Buffer.alloc(64)]),
    }),
    forged('shorter ciphertext under the signature', { ciphertext: good.ciphertext.subarray(64) }),
    {
      name: 'signed by another device of the patient',
      bytes: encoded(world, device, 'by other', { signer: other }),
      expected: both('BAD_SIGNATURE'),
    },
    {
      name: 'signed by nobody who is known',
      bytes: encoded(world, device, 'by unknown', { signer: unknown }),
      expected: both('BAD_SIGNATURE'),
    },
    anotherRealm('signed for another chain', { chainId: world.realm.chainId + 1 }),
    anotherRealm('signed for another Directory', { directory: world.hospital }),
    anotherRealm('signed for another genesis', { genesis: toHex(seeded('genesis', 32)) as string as Hex32 }),
    {
      name: 'from a device that is bound to nobody',
      bytes: encoded(world, unknown, 'unknown'),
      expected: { mqtt: 'WRONG_DEVICE', coap: 'UNKNOWN_DEVICE' },
    },
    ...[LAST_SEQUENCE + 1, LAST_SEQUENCE + 1_000].map(
      (sequence): BadMessage => ({
        name: `sequence ${sequence} of a device that ended with ${LAST_SEQUENCE}`,
        bytes: encoded(world, suspended, `after ${sequence}`, { sequence }),
        expected: { mqtt: 'WRONG_DEVICE', coap: 'SUSPENDED_DEVICE' },
      }),
    ),
    {
      name: 'a made-up incarnation of a device that was suspended',
      bytes: encoded(world, suspended, 'reborn', {
        incarnation: '0x00000000000000cc' as Incarnation,
        sequence: 1,
      }),
      expected: { mqtt: 'WRONG_DEVICE', coap: 'SUSPENDED_DEVICE' },
    },
    labelled('label of next month', formatLabel({ category: 'vitals', month: next, generation: 0 })),
    labelled(
      'label of the month after next',
      formatLabel({ category: 'vitals', month: later, generation: 0 }),
    ),
    labelled('label of next year', formatLabel({ category: 'vitals', month: year, generation: 0 })),
    labelled(
      'label of a category without a key',
      formatLabel({ category: 'environment', month, generation: 0 }),
    ),
    labelled(
      'label of a generation without a key',
      formatLabel({ category: 'vitals', month, generation: 7 }),
    ),
    ...[1, 2, 24].map((count): BadMessage => {
      const to = (world.now + count * HOUR_MS) as UnixMs
      return {
        name: `ends ${count} h from now`,
        // Under a label of this month, or it would be the label that is wrong.
        bytes: encoded(world, device, `future ${count}`, { to, label: good.label }),
        expected: both('busy'),
      }
    }),
  ]
}

/** Genuine batches that contradict one that was taken: the first of each is to be sent and taken before. */
export function forks(world: World): readonly { readonly first: Uint8Array; readonly bad: BadMessage }[] {
  const incarnation = INCARNATION
  const seal = (seed: string, sequence: number, prev?: Uint8Array) =>
    encoded(world, CAST.device, seed, { incarnation, sequence, prev })
  const prev = Buffer.from(`01711220${'22'.repeat(32)}`, 'hex')
  return [
    {
      first: seal('one', 1),
      bad: { name: 'a second batch of one sequence', bytes: seal('two', 1), expected: both('FORKED') },
    },
    {
      first: seal('three', 3, prev),
      bad: {
        name: 'a second successor of one batch',
        bytes: seal('four', 4, prev),
        expected: both('FORKED'),
      },
    },
  ]
}

function highS(signature: Uint8Array): Uint8Array {
  const bytes = Buffer.from(signature)
  const recovery = (bytes[32] ?? 0) & 0x80
  bytes[32] = (bytes[32] ?? 0) & 0x7f
  const s = ORDER - BigInt(toHex(bytes.subarray(32)))
  bytes.write(s.toString(16).padStart(64, '0'), 32, 'hex')
  // The other recovery bit belongs to the other s; there is no room for it, which is half of why it is refused.
  bytes[32] = (bytes[32] ?? 0) | (recovery ^ 0x80)
  return bytes
}
