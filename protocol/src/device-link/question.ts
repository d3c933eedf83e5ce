import { decodeCbor, encodeCbor } from '../cbor.ts'
import { FieldReader, rawOf } from '../fields.ts'
import type { Address, Hex32, Incarnation } from '../ids.ts'
import { type Recover, SIGNATURE_BYTES, type Signer } from '../signature.ts'
import { digestOf, type Realm, statement } from '../typed-data/domain.ts'
import type { UnixMs } from '../units.ts'
import { readStanding, STANDING_TYPE, type Standing, standingFields } from './standing.ts'

/** What a device tells a hospital about itself, and what it wants to hear. */
export interface Question {
  readonly device: Address
  readonly incarnation: Incarnation
  /** Receipts are wanted for these sequences, inclusive; none when `to` is below `from`. */
  readonly from: number
  readonly to: number
  /** Serial of the label keys that it has; newer ones are wanted. 0 for none. */
  readonly labelSerial: number
  /** Last sequence sealed, and the digest in its CID: the head of its chain of batches. Zeros before the first. */
  readonly headSequence: number
  readonly head: Hex32
  /** Bytes of sealed batches that wait for a receipt. */
  readonly spoolBytes: number
  /** Device's wall clock. */
  readonly at: UnixMs
  /** How the device is; questions of the first version do not say. */
  readonly standing?: Standing
  /** Serial of the list of hospitals that it has, 0 for none; newer ones are wanted. From the third version on. */
  readonly hospitalSerial?: number
}

export interface SignedQuestion extends Question {
  readonly signature: Uint8Array
}

const FIELDS =
  'address device,bytes8 incarnation,uint64 from,uint64 to,uint64 labelSerial,uint64 headSequence,bytes32 head,uint64 spoolBytes,uint64 at'
const WITHOUT_STANDING = statement<Question>('Question', FIELDS)
const STANDING = { Standing: STANDING_TYPE }
const WITH_STANDING = statement<Question>('Question', `${FIELDS},Standing standing`, STANDING)
const WITH_HOSPITALS = statement<Question>(
  'Question',
  `${FIELDS},Standing standing,uint64 hospitalSerial`,
  STANDING,
)
const STATEMENTS = { 1: WITHOUT_STANDING, 2: WITH_STANDING, 3: WITH_HOSPITALS } as const

function versionOf({ standing, hospitalSerial }: Question): 1 | 2 | 3 {
  if (standing === undefined) return 1
  return hospitalSerial === undefined ? 2 : 3
}

function bare(question: Question): Question {
  const { device, incarnation, from, to, labelSerial, headSequence, head, spoolBytes, at } = question
  const common = { device, incarnation, from, to, labelSerial, headSequence, head, spoolBytes, at }
  const { standing, hospitalSerial } = question
  if (standing === undefined) return common
  return hospitalSerial === undefined ? { ...common, standing } : { ...common, standing, hospitalSerial }
}

function digestOfQuestion(realm: Realm, question: Question): Uint8Array {
  return digestOf(realm, STATEMENTS[versionOf(question)], bare(question))
}

export function signQuestion(realm: Realm, question: Question, signer: Signer): SignedQuestion {
  return { ...bare(question), signature: signer.sign(digestOfQuestion(realm, question)) }
}

/** Whether `question.device` signed it for this realm. */
export function isQuestionSigned(realm: Realm, question: SignedQuestion, recover: Recover): boolean {
  return recover(digestOfQuestion(realm, question), question.signature) === question.device
}

/** Most bytes of a question. */
export const QUESTION_LIMIT_BYTES = 512

/** Layout in question.cddl. */
export function encodeQuestion(question: SignedQuestion): Uint8Array {
  const { standing, hospitalSerial } = question
  const version = versionOf(question)
  return encodeCbor([
    version,
    rawOf(question.device),
    rawOf(question.incarnation),
    question.from,
    question.to,
    question.labelSerial,
    question.headSequence,
    rawOf(question.head),
    question.spoolBytes,
    question.at,
    ...(standing === undefined ? [] : [standingFields(standing)]),
    ...(version === 3 ? [hospitalSerial] : []),
    question.signature,
  ])
}

/** Checks form only. @throws {MalformedError} */
export function decodeQuestion(bytes: Uint8Array): SignedQuestion {
  const decoded = decodeCbor(bytes, 'question', QUESTION_LIMIT_BYTES)
  const version = Array.isArray(decoded) && (decoded[0] === 2 || decoded[0] === 3) ? decoded[0] : 1
  const fields = new FieldReader('question', decoded, 10 + version)
  fields.constant(version)
  return {
    device: fields.address(),
    incarnation: fields.incarnation(),
    from: fields.uint(),
    to: fields.uint(),
    labelSerial: fields.uint(),
    headSequence: fields.uint(),
    head: fields.hex32(),
    spoolBytes: fields.uint(),
    at: fields.instant(),
    ...(version >= 2 ? { standing: readStanding(fields.any()) } : {}),
    ...(version === 3 ? { hospitalSerial: fields.uint() } : {}),
    signature: fields.bytes(SIGNATURE_BYTES),
  }
}
