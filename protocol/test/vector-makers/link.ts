import { createHash } from 'node:crypto'
import { encode } from 'cborg'
import type { Signature } from 'ethers'
import { receipt } from './anchored.ts'
import { deviceHospitals, labelKeys } from './documents.ts'
import { addressOf, device, filled, hex, hospital, raw, signTyped, typesOf } from './world.ts'

/** What passes between a device and a hospital besides batches. */
export async function makeLink(): Promise<Record<string, unknown>> {
  return {
    question: await question(),
    'question with standing': await questionWithStanding(),
    'question with hospitals': await questionWithHospitals(),
    refusal: await refusal(),
    answers: await answers(),
    'answer with hospitals': await answerWithHospitals(),
    'no answers': { bytes: hex(encode([1, []])) },
    'device token': deviceToken(),
    topics: {
      batch: `hygeia/1/${addressOf(device)}/batch`,
      question: `hygeia/1/${addressOf(device)}/question`,
      answer: `hygeia/1/${addressOf(device)}/answer`,
    },
  }
}

async function question() {
  const document = {
    device: addressOf(device),
    incarnation: hex(filled(8, 1000)),
    from: 12,
    to: 345,
    labelSerial: 6,
    headSequence: 400,
    head: hex(filled(32, 1001)),
    spoolBytes: 123_456_789,
    at: 1_767_225_600_002,
  }
  const types = typesOf(
    'Question(address device,bytes8 incarnation,uint64 from,uint64 to,uint64 labelSerial,uint64 headSequence,bytes32 head,uint64 spoolBytes,uint64 at)',
  )
  const signature = await signTyped(device, types, document)
  const bytes = encode([1, ...askedFields(document), raw(signature)])
  return { document, key: device.privateKey, signature, bytes: hex(bytes) }
}

function askedFields(document: Awaited<ReturnType<typeof question>>['document']): readonly unknown[] {
  return [
    raw(document.device),
    raw(document.incarnation),
    document.from,
    document.to,
    document.labelSerial,
    document.headSequence,
    raw(document.head),
    document.spoolBytes,
    document.at,
  ]
}

async function questionWithStanding() {
  const { document } = await question()
  const standing = {
    version: '0.1.0',
    configuration: hex(filled(32, 1004)),
    spoolHours: 719,
    sensors: 4,
    sensorsAway: 1,
    labelKeyDays: 731,
  }
  const types = typesOf(
    'Question(address device,bytes8 incarnation,uint64 from,uint64 to,uint64 labelSerial,uint64 headSequence,bytes32 head,uint64 spoolBytes,uint64 at,Standing standing)',
    'Standing(string version,bytes32 configuration,uint32 spoolHours,uint16 sensors,uint16 sensorsAway,uint32 labelKeyDays)',
  )
  const signature = await signTyped(device, types, { ...document, standing })
  const bytes = encode([
    2,
    ...askedFields(document),
    [standing.version, raw(standing.configuration), 719, 4, 1, 731],
    raw(signature),
  ])
  return { document: { ...document, standing }, key: device.privateKey, signature, bytes: hex(bytes) }
}

async function questionWithHospitals() {
  const { document: before } = await questionWithStanding()
  const document = { ...before, hospitalSerial: 7 }
  const types = typesOf(
    'Question(address device,bytes8 incarnation,uint64 from,uint64 to,uint64 labelSerial,uint64 headSequence,bytes32 head,uint64 spoolBytes,uint64 at,Standing standing,uint64 hospitalSerial)',
    'Standing(string version,bytes32 configuration,uint32 spoolHours,uint16 sensors,uint16 sensorsAway,uint32 labelKeyDays)',
  )
  const signature = await signTyped(device, types, document)
  const { standing } = document
  const bytes = encode([
    3,
    ...askedFields(document),
    [standing.version, raw(standing.configuration), 719, 4, 1, 731],
    7,
    raw(signature),
  ])
  return { document, key: device.privateKey, signature, bytes: hex(bytes) }
}

async function answerWithHospitals() {
  const { bytes: hospitals } = await deviceHospitals()
  return { hospitals, bytes: hex(encode([1, [['hospitals', raw(hospitals), null]]])) }
}

async function refusal() {
  const digest = hex(createHash('sha256').update('not a batch').digest())
  const document = { hospital: addressOf(hospital), digest, reason: 'BAD_SIGNATURE' }
  const types = typesOf('Refusal(address hospital,bytes32 digest,string reason)')
  return { document, key: hospital.privateKey, signature: await signTyped(hospital, types, document) }
}

/** One of each kind, in the fields of the other vectors. */
async function answers() {
  const { anchor, signature, receipts, anchorFields, provenFields } = await receipt()
  const refused = await refusal()
  const renewed = await labelKeys(3)
  const busy = { digest: hex(filled(32, 1002)), delayMs: 86_400_000 }
  // An array of three is 0x83, of one 0x81, and items stand in it as they stand alone.
  const joined = (...items: readonly Uint8Array[]) =>
    Buffer.concat([Buffer.of(0x80 + items.length), ...items])
  const bytes = joined(
    encode(1),
    joined(
      joined(encode('receipts'), raw(anchorFields), joined(...provenFields.map(raw))),
      joined(
        encode('refused'),
        encode([
          raw(refused.document.hospital),
          raw(refused.document.digest),
          refused.document.reason,
          raw(refused.signature),
        ]),
        encode(null),
      ),
      encode(['busy', raw(busy.digest), busy.delayMs]),
      encode(['label-keys', raw(renewed.bytes), null]),
    ),
  )
  return {
    receipts: { anchor, signature, proven: receipts.map(({ leaf, proof }) => ({ leaf, proof })) },
    refused: { ...refused.document, signature: refused.signature },
    busy,
    labelKeys: renewed.bytes,
    bytes: hex(bytes),
  }
}

function deviceToken() {
  const claims = {
    device: addressOf(device),
    hospital: addressOf(hospital),
    clientId: 'bed 12',
    nonce: hex(filled(16, 1003)),
  }
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const { device: iss, hospital: aud, clientId: sub, nonce: jti } = claims
  const signed = `${part({ alg: 'ES256K', typ: 'JWT' })}.${part({ iss, aud, sub, jti })}`
  const { r, s } = device.signingKey.sign(createHash('sha256').update(signed).digest()) satisfies Signature
  return {
    claims,
    key: device.privateKey,
    token: `${signed}.${Buffer.concat([raw(r), raw(s)]).toString('base64url')}`,
  }
}
