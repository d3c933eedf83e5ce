import { decodeDeviceHospitals } from '../../src/device-hospitals/device-hospitals.ts'
import { type Answer, decodeAnswers, encodeAnswers } from '../../src/device-link/answer.ts'
import {
  decodeQuestion,
  encodeQuestion,
  isQuestionSigned,
  type Question,
  signQuestion,
} from '../../src/device-link/question.ts'
import {
  type Refusal,
  refusalSigner,
  type SignedRefusal,
  signRefusal,
} from '../../src/device-link/refusal.ts'
import { parseTopic, TOPIC_KINDS, topicOf } from '../../src/device-link/topics.ts'
import { fromHex, parseAddress, parseHex32 } from '../../src/ids.ts'
import { decodeLabelKeys } from '../../src/label-keys/label-keys.ts'
import { type DeviceClaims, signDeviceToken, verifyDeviceToken } from '../../src/login/device-token.ts'
import type { ProvenLeaf } from '../../src/receipt/codec.ts'
import type { SignedAnchor } from '../../src/receipt/receipt.ts'
import { recoverAddress } from '../../src/signature.ts'
import vectors from '../vectors/link.json' with { type: 'json' }
import { type Checks, revive, same } from './assert.ts'
import { realm, signerOf } from './realm.ts'

export const linkChecks: Checks = {
  'link: question': () => questionCheck(vectors.question),
  'link: question with standing': () => questionCheck(vectors['question with standing']),
  'link: question with hospitals': () => questionCheck(vectors['question with hospitals']),
  'link: refusal': () => {
    const vector = vectors.refusal
    const signed = signRefusal(realm, vector.document as unknown as Refusal, signerOf(vector))
    same(signed.signature, vector.signature, 'signature')
    same(refusalSigner(realm, signed, recoverAddress), vector.document.hospital, 'signer')
  },
  'link: answers': () => {
    const { receipts, refused, busy, labelKeys, bytes } = vectors.answers
    const { anchor, signature, proven } = receipts
    const answers: readonly Answer[] = [
      {
        kind: 'receipts',
        anchor: revive<SignedAnchor>({ ...anchor, signature }, 'signature'),
        proven: revive<ProvenLeaf[]>(proven, 'digest', 'proof'),
      },
      { kind: 'refused', refusal: revive<SignedRefusal>(refused, 'signature') },
      { kind: 'busy', digest: parseHex32(busy.digest), delayMs: busy.delayMs },
      { kind: 'label-keys', labelKeys: decodeLabelKeys(fromHex(labelKeys)) },
    ]
    same(encodeAnswers(answers), bytes, 'encoded')
    same(decodeAnswers(fromHex(bytes)), answers, 'decoded')
  },
  'link: answer with hospitals': () => {
    const { hospitals, bytes } = vectors['answer with hospitals']
    const answers = [{ kind: 'hospitals', hospitals: decodeDeviceHospitals(fromHex(hospitals)) }] as const
    same(encodeAnswers(answers), bytes, 'encoded')
    same(decodeAnswers(fromHex(bytes)), answers, 'decoded')
  },
  'link: no answers': () => {
    same(encodeAnswers([]), vectors['no answers'].bytes, 'encoded')
    same(decodeAnswers(fromHex(vectors['no answers'].bytes)), [], 'decoded')
  },
  'link: device token': () => {
    const vector = vectors['device token']
    const claims = vector.claims as unknown as DeviceClaims
    same(signDeviceToken(claims, signerOf(vector)), vector.token, 'token')
    same(verifyDeviceToken(vector.token), claims, 'claims')
  },
  'link: topics': () => {
    const device = parseAddress(vectors.question.document.device)
    for (const kind of TOPIC_KINDS) {
      same(topicOf(device, kind), vectors.topics[kind], kind)
      same(parseTopic(vectors.topics[kind]), { device, kind }, kind)
    }
  },
}

function questionCheck(vector: { document: object; key: string; signature: string; bytes: string }): void {
  const signed = signQuestion(realm, vector.document as Question, signerOf(vector))
  same(signed.signature, vector.signature, 'signature')
  same(encodeQuestion(signed), vector.bytes, 'encoded')
  same(decodeQuestion(fromHex(vector.bytes)), signed, 'decoded')
  same(isQuestionSigned(realm, signed, recoverAddress), true, 'signed')
}
