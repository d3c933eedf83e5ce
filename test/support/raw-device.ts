import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { HospitalApi } from '@hygeia/agent/hospital/api'
import { CoapUplink } from '@hygeia/agent/uplink/coap/coap-uplink'
import { MqttUplink } from '@hygeia/agent/uplink/mqtt/mqtt-uplink'
import type { Uplink } from '@hygeia/agent/uplink/uplink'
import { once, signStatement } from '@hygeia/dapp/hospital/statement'
import { labelKey, nextLabelKeys } from '@hygeia/dapp/patient/label-keys'
import type { Patient } from '@hygeia/dapp/patient/patient'
import { encodeBatch } from '@hygeia/protocol/batch/codec'
import { channelNamed } from '@hygeia/protocol/channel'
import type { Answer } from '@hygeia/protocol/device-link/answer'
import { encodeQuestion, signQuestion } from '@hygeia/protocol/device-link/question'
import type { RefusalReason } from '@hygeia/protocol/device-link/refusal'
import { type BootId, fromHex, type Hex32, type Incarnation, toHex } from '@hygeia/protocol/ids'
import { formatLabel, monthOf } from '@hygeia/protocol/label'
import { encodeLabelKeys } from '@hygeia/protocol/label-keys/label-keys'
import { cidOfDigest, digestOfCid, formatCid } from '@hygeia/protocol/sealed/cid'
import type { Priority } from '@hygeia/protocol/sealed/header'
import { sealBatch } from '@hygeia/protocol/sealed/seal'
import { sealedDigester } from '@hygeia/protocol/sealed/signing'
import { keySigner, type Signer } from '@hygeia/protocol/signature'
import { BIND_DEVICE } from '@hygeia/protocol/typed-data/chain'
import { digestOf } from '@hygeia/protocol/typed-data/domain'
import { wrap } from '@hygeia/protocol/umbral/encrypt'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import { systemClock } from '@hygeia/runtime/clock'
import { createLog } from '@hygeia/runtime/log'
import type { HospitalProcess } from './hospital.ts'
import { visit } from './people.ts'
import { nameOfReading, type Reading } from './readings.ts'
import { until } from './until.ts'

export interface RawBatch {
  readonly sequence: number
  readonly block: Uint8Array
  /** Base32. */
  readonly cid: string
  /** What is inside, encoded and in clear. */
  readonly content: Uint8Array
  readonly at: UnixMs
  readonly reading: { readonly name: string; readonly value: Reading }
}

/** What one sample of it says, in counts. */
const CHANNEL = channelNamed('systolic')
const AT_ONCE = 4
const NO_HEAD = `0x${'00'.repeat(32)}` as Hex32
const AGAIN_MS = 50
const ANSWER_LIMIT_MS = 5_000

/**
 * A device without a disk, which sends each batch until the hospital has answered for it and never again after:
 * what gets lost then is lost, and shows.
 */
export class RawDevice {
  readonly signer: Signer = keySigner(randomBytes(32))
  readonly incarnation = toHex(randomBytes(8)) as string as Incarnation
  /** Inside every batch, and nowhere in clear. */
  readonly boot = toHex(randomBytes(8)) as string as BootId
  /** That all its batches are sealed with. */
  readonly dataKey: Uint8Array = randomBytes(32)
  /** Told everything that the hospital says. */
  onAnswers: (answers: readonly Answer[]) => void = () => {}
  readonly #patient: Patient
  readonly #uplink: Uplink
  readonly #start: UnixMs
  /** By CID of a batch: what the hospital said of it last, when it did not take it. */
  readonly #said = new Map<string, 'busy' | RefusalReason>()
  readonly #answered: RawBatch[] = []
  readonly #wrapped: ReturnType<typeof wrap>
  readonly #digest: ReturnType<typeof sealedDigester>
  #sequence = 0
  #prev: Uint8Array | undefined
  #isSending = true
  #lanes: Promise<unknown> = Promise.resolve()

  private constructor(patient: Patient, uplink: (signer: Signer) => Uplink) {
    this.#patient = patient
    this.#uplink = uplink(this.signer)
    this.#start = Date.now() as UnixMs
    this.#digest = sealedDigester(patient.hospital.realm)
    this.#wrapped = wrap(labelKey(patient, this.#label).publicKey, this.dataKey)
  }

  /** Bind a new device to `patient`, with label keys at the patient's hospital, to send to any one. */
  static async bind(patient: Patient, hospital: HospitalProcess, kind: 'mqtt' | 'coap'): Promise<RawDevice> {
    const { endpoints } = hospital
    const [ca, { hospital: operator }] = await Promise.all([hospital.ca(), visit(hospital)])
    const log = createLog('raw-device', 'silent')
    const device = new RawDevice(patient, (signer) => {
      if (kind === 'coap') return new CoapUplink({ url: endpoints.coap, timeoutMs: ANSWER_LIMIT_MS }, { log })
      const ignoresDates = () => false
      const api = new HospitalApi({ api: endpoints.api, ca }, { ignoresDates })
      const backoff = { firstMs: 50, limitMs: 250 }
      return new MqttUplink(
        { url: endpoints.mqtt, ca, hospital: operator, stallMs: ANSWER_LIMIT_MS, backoff },
        { signer, api, ignoresDates, clock: systemClock, log },
      )
    })
    await device.#bind()
    return device
  }

  /** Look for the hospital, and go on looking whenever it is lost. */
  connect(): void {
    this.#uplink.start({ onAnswers: (answers) => this.#hear(answers), onLink: () => {} })
  }

  /** Code of what went wrong last on the way to the hospital. */
  get lastFault(): string | undefined {
    return this.#uplink.status().lastFault
  }

  /** Send a batch once. @returns whether the hospital answered for it: took it, or says by name why not */
  async deliver(batch: RawBatch): Promise<boolean> {
    this.#said.delete(batch.cid)
    return this.#uplink.send(batch.block).then(
      () => true,
      () => false,
    )
  }

  /** Send a batch once to another hospital, by CoAP. @returns whether it answered for it */
  async deliverTo({ endpoints }: HospitalProcess, { block }: RawBatch): Promise<boolean> {
    const log = createLog('raw-device', 'silent')
    const uplink = new CoapUplink({ url: endpoints.coap, timeoutMs: ANSWER_LIMIT_MS }, { log })
    uplink.start({ onAnswers: () => {}, onLink: () => {} })
    try {
      return await uplink.send(block).then(
        () => true,
        () => false,
      )
    } finally {
      await uplink.stop()
    }
  }

  /** What the hospital said of a batch last, other than that it took it. */
  saidOf({ cid }: RawBatch): 'busy' | RefusalReason | undefined {
    return this.#said.get(cid)
  }

  /** Batches that the hospital answered for, and of which it said nothing else. */
  get acknowledged(): readonly RawBatch[] {
    return this.#answered.filter((batch) => this.saidOf(batch) === undefined)
  }

  /** Reasons for which batches were refused for ever. */
  get refused(): readonly string[] {
    return [...this.#said.values()].filter((said) => said !== 'busy')
  }

  /** Seal and send a batch after another until told to stop, `everyMs` apart on each of four lanes. */
  start(everyMs: number): void {
    this.connect()
    this.#lanes = Promise.all(Array.from({ length: AT_ONCE }, () => this.#send(everyMs)))
  }

  /** Resolves once the hospital has answered for everything that was sealed. */
  async finish(): Promise<void> {
    this.#isSending = false
    await this.#lanes
    await this.#uplink.stop()
  }

  get #label() {
    return formatLabel({ category: 'vitals', month: monthOf(this.#start), generation: 0 })
  }

  async #bind(): Promise<void> {
    const { identity, hospital, account } = this.#patient
    const device = this.signer.address
    const message = { device, patient: identity.signer.address, ...once(hospital) }
    await hospital.client.relay({
      kind: 'bind-device',
      message,
      deviceSignature: toHex(this.signer.sign(digestOf(hospital.realm, BIND_DEVICE, message))),
      patientSignature: signStatement(identity, hospital, BIND_DEVICE, message),
    })
    const keys = encodeLabelKeys(nextLabelKeys(this.#patient, device, undefined))
    await until('the hospital knows the device', async () => {
      await account.putLabelKeys(device, keys)
      return true
    })
  }

  async #send(everyMs: number): Promise<void> {
    while (this.#isSending) {
      const batch = this.seal()
      while (!(await this.deliver(batch)) || this.saidOf(batch) === 'busy') await delay(AGAIN_MS)
      this.#answered.push(batch)
      await delay(everyMs)
    }
  }

  /** Ask for the receipts of these sequences, and say how far the chain has come. */
  async ask(from: number, to: number): Promise<void> {
    const head = this.#prev === undefined ? NO_HEAD : (toHex(digestOfCid(this.#prev)) as string as Hex32)
    const { incarnation } = this
    const known = { labelSerial: 1, headSequence: this.#sequence, head, spoolBytes: 0 }
    const question = {
      ...{ device: this.signer.address, incarnation, from, to },
      ...known,
      at: Date.now() as UnixMs,
    }
    await this.#uplink.ask(encodeQuestion(signQuestion(this.#patient.hospital.realm, question, this.signer)))
  }

  #hear(answers: readonly Answer[]): void {
    for (const answer of answers) {
      if (answer.kind === 'busy') this.#said.set(cidText(answer.digest), 'busy')
      if (answer.kind === 'refused') this.#said.set(cidText(answer.refusal.digest), answer.refusal.reason)
    }
    this.onAnswers(answers)
  }

  /** The next batch of its chain. */
  seal(priority: Priority = 'vitals'): RawBatch {
    const sequence = ++this.#sequence
    const at = (this.#start + sequence) as UnixMs
    const value = (sequence % (CHANNEL.max * CHANNEL.perUnit)) / CHANNEL.perUnit
    const time = { boot: this.boot, offsetMs: this.#start, steps: [] }
    const sample = { channel: CHANNEL.name, at: sequence as MonotonicMs, value }
    const content = encodeBatch({ time, columns: [{ channel: CHANNEL.name, samples: [sample] }] })
    const { block, cid } = sealBatch(
      content,
      {
        device: this.signer.address,
        label: this.#label,
        incarnation: this.incarnation,
        sequence,
        prev: this.#prev,
        from: at,
        to: at,
        isDated: true,
        priority,
        capsule: this.#wrapped.capsule,
        wrappedKey: this.#wrapped.ciphertext,
      },
      this.dataKey,
      this.signer,
      this.#digest,
    )
    this.#prev = cid
    const name = nameOfReading(this.signer.address, CHANNEL.name, at)
    return { sequence, block, cid: formatCid(cid), content, at, reading: { name, value } }
  }
}

const cidText = (digest: Hex32) => formatCid(cidOfDigest(fromHex(digest)))
