import { decodeCbor, encodeCbor } from '@hygeia/protocol/cbor'
import { encodeQuestion, type Question, signQuestion } from '@hygeia/protocol/device-link/question'
import type { Hex32 } from '@hygeia/protocol/ids'
import type { Signer } from '@hygeia/protocol/signature'
import { type BadMessage, both, CAST, INCARNATION, seeded, type World } from './world.ts'

function question({ realm, now }: World, device: Signer, signer = device): Uint8Array {
  const asked: Question = {
    device: device.address,
    incarnation: INCARNATION,
    from: 1,
    to: 10,
    labelSerial: 0,
    headSequence: 10,
    head: `0x${'33'.repeat(32)}` as Hex32,
    spoolBytes: 1_000,
    at: now,
  }
  return encodeQuestion(signQuestion(realm, asked, signer))
}

/** Questions that get no answer but a refusal. */
export function badQuestions(world: World): readonly BadMessage[] {
  const good = Buffer.from(question(world, CAST.device))
  const fields = decodeCbor(good, 'good', good.length) as unknown[]
  const malformed = (name: string, bytes: Uint8Array): BadMessage => ({
    name,
    bytes,
    expected: both('MALFORMED'),
  })
  const forged = (name: string, bytes: Uint8Array): BadMessage => ({
    name,
    bytes,
    expected: both('BAD_SIGNATURE'),
  })
  const elsewhere = { ...world, realm: { ...world.realm, chainId: world.realm.chainId + 1 } }
  return [
    ...[0, 1, 20, good.length - 1].map((length) =>
      malformed(`question cut after ${length} bytes`, good.subarray(0, length)),
    ),
    malformed('question with a byte more', Buffer.concat([good, Buffer.from([0])])),
    malformed('question of random bytes', seeded('question', 200)),
    malformed('question of a version to come', encodeCbor(fields.with(0, 2))),
    malformed('question with a field less', encodeCbor(fields.slice(1))),
    malformed('question from sequence −1', encodeCbor(fields.with(3, -1))),
    malformed('question to sequence 2^53', encodeCbor(fields.with(4, 2n ** 53n))),
    malformed('question with a head of 31 bytes', encodeCbor(fields.with(7, seeded('head', 31)))),
    malformed('question with a signature of 65 bytes', encodeCbor(fields.with(10, seeded('signature', 65)))),
    { name: 'question of 513 bytes', bytes: seeded('long', 513), expected: both('TOO_LARGE') },
    { name: 'question of 60,000 bytes', bytes: seeded('longer', 60_000), expected: both('TOO_LARGE') },
    forged('question signed by another device', question(world, CAST.device, CAST.other)),
    forged('question signed for another chain', question(elsewhere, CAST.device)),
    forged('question for more than was signed', encodeCbor(fields.with(4, 11))),
    forged('question with a signature of zeros', encodeCbor(fields.with(10, Buffer.alloc(64)))),
    {
      name: 'question from a device that is bound to nobody',
      bytes: question(world, CAST.unknown),
      expected: { mqtt: 'WRONG_DEVICE', coap: 'UNKNOWN_DEVICE' },
    },
  ]
}
