import type { Answer } from '@hygeia/protocol/device-link/answer'
import {
  decodeQuestion,
  isQuestionSigned,
  QUESTION_LIMIT_BYTES,
  type SignedQuestion,
} from '@hygeia/protocol/device-link/question'
import type { RefusalReason } from '@hygeia/protocol/device-link/refusal'
import { MalformedError } from '@hygeia/protocol/errors'
import type { Address } from '@hygeia/protocol/ids'
import type { Recover } from '@hygeia/protocol/signature'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import type { Clock } from '@hygeia/runtime/clock'
import { Limiter } from './limiter.ts'
import type { DeviceHospitals, Directory, Journal, LabelKeys, Receipts } from './ports.ts'

export interface QuestionsOptions {
  readonly realm: Realm
  /** Questions that one device may ask in a second. */
  readonly questionsPerSecond: number
}

export interface QuestionsDeps {
  readonly recover: Recover
  readonly journal: Journal
  readonly receipts: Receipts
  readonly directory: Directory
  readonly labelKeys: LabelKeys
  readonly deviceHospitals: DeviceHospitals
  readonly clock: Clock
}

export type Reply =
  | { readonly answers: readonly Answer[] }
  | { readonly busy: 'CHAIN_AWAY' | 'TOO_MANY_QUESTIONS' }
  | { readonly reason: RefusalReason; readonly device: Address | undefined }

/** Receipts looked up for one question; whoever wants more asks again from where they end. */
const RECEIPTS_LIMIT = 1_024
/** Answers in one reply, as its format allows, with room for the label keys and the list of hospitals. */
const ANSWERS_LIMIT = 62
const DEVICES = 16_384

/** Answers devices that ask for what they miss, and remembers what they say of themselves. */
export class Questions {
  readonly #realm: Realm
  readonly #deps: QuestionsDeps
  readonly #limiter: Limiter

  constructor({ realm, questionsPerSecond }: QuestionsOptions, deps: QuestionsDeps) {
    this.#realm = realm
    this.#deps = deps
    const limits = { perSecond: questionsPerSecond, burst: 4 * questionsPerSecond, keys: DEVICES }
    this.#limiter = new Limiter(limits, deps)
  }

  /** @throws {StoreError} and what LevelDB throws when the journal cannot be read */
  async answer(
    bytes: Uint8Array,
    {
      device: sender,
      replyLimitBytes,
    }: { readonly device: Address | undefined; readonly replyLimitBytes: number },
  ): Promise<Reply> {
    const { directory, journal, clock } = this.#deps
    const refused = (reason: RefusalReason, device = sender): Reply => ({ reason, device })
    if (bytes.length > QUESTION_LIMIT_BYTES) return refused('TOO_LARGE')
    const question = readQuestion(bytes)
    if (question === undefined) return refused('MALFORMED')
    const { device } = question
    if (sender !== undefined && sender !== device) return refused('WRONG_DEVICE')
    if (directory.device(device) === undefined) {
      try {
        await directory.refresh()
      } catch {
        return { busy: 'CHAIN_AWAY' }
      }
      if (directory.device(device) === undefined) return refused('UNKNOWN_DEVICE', device)
    }
    if (!this.#isSigned(question)) return refused('BAD_SIGNATURE', device)
    // After the signature, or others could use up what a device is allowed.
    if (!this.#limiter.take(device)) return { busy: 'TOO_MANY_QUESTIONS' }
    journal.devices.heard(question, clock.now())
    return { answers: await this.#answers(question, replyLimitBytes) }
  }

  async #answers(question: SignedQuestion, limitBytes: number): Promise<readonly Answer[]> {
    const { journal, receipts, labelKeys, deviceHospitals } = this.#deps
    const { device, incarnation, from, to, labelSerial, hospitalSerial } = question
    const batches =
      to < from ? [] : await journal.reader.inSequence(device, incarnation, from, to, RECEIPTS_LIMIT)
    const proven = await receipts.answersFor(batches, limitBytes)
    const answers: Answer[] = proven.slice(0, ANSWERS_LIMIT)
    const newest = await labelKeys.get(device)
    if (newest !== undefined && newest.serial > labelSerial) {
      answers.unshift({ kind: 'label-keys', labelKeys: newest })
    }
    // Who does not say which list it has could not read another one.
    const hospitals = hospitalSerial === undefined ? undefined : await deviceHospitals.get(device)
    if (hospitals !== undefined && hospitals.serial > (hospitalSerial ?? 0)) {
      answers.unshift({ kind: 'hospitals', hospitals })
    }
    return answers
  }

  #isSigned(question: SignedQuestion): boolean {
    try {
      return isQuestionSigned(this.#realm, question, this.#deps.recover)
    } catch (cause) {
      if (cause instanceof MalformedError) return false
      throw cause
    }
  }
}

function readQuestion(bytes: Uint8Array): SignedQuestion | undefined {
  try {
    return decodeQuestion(bytes)
  } catch (cause) {
    if (cause instanceof MalformedError) return undefined
    throw cause
  }
}
