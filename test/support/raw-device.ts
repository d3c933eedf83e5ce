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
import { type BootId, fromHex, type Incarnation, toHex } from '@hygeia/protocol/ids'
import { formatLabel, monthOf } from '@hygeia/protocol/label'
import { encodeLabelKeys } from '@hygeia/protocol/label-keys/label-keys'
import { cidOfDigest, formatCid } from '@hygeia/protocol/sealed/cid'
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
import { nameOfReading, type Reading } from './readings.ts'
import { until } from './until.ts'

export interface RawBatch {
  readonly sequence: number
  readonly block: Uint8Array
  /** Base32. */
  readonly cid: string
  readonly reading: { readonly name: string; readonly value: Reading }
}

/** What one sample of it says, in counts. */
const CHANNEL = channelNamed('systolic')
const AT_ONCE = 4
const AGAIN_MS = 50
const ANSWER_LIMIT_MS = 5_000

/**
 * A device without a disk, which sends each batch until the hospital has answered for it and never again after:
 * what gets lost then is lost, and shows.
 */
export class RawDevice {
  readonly signer: Signer = keySigner(randomBytes(32))
  readonly incarnation = toHex(randomBytes(8)) as string as Incarnation
  /** The hospital answered for these, and did not say that it was busy. */
  readonly acknowledged: RawBatch[] = []
  readonly refused: string[] = []
  readonly #patient: Patient
  readonly #uplink: Uplink
  readonly #start: UnixMs
  readonly #busy = new Set<string>()
  readonly #wrapped: ReturnType<typeof wrap>
  readonly #dataKey = randomBytes(32)
  readonly #digest: ReturnType<typeof sealedDigester>
  readonly #boot = toHex(randomBytes(8)) as string as BootId
  #sequence = 0
  #prev: Uint8Array | undefined
  #isSending = true
  #lanes: Promise<unknown> = Promise.resolve()

  private constructor(patient: Patient, uplink: (signer: Signer) => Uplink) {
    this.#patient = patient
    this.#uplink = uplink(this.signer)
    this.#start = Date.now() as UnixMs
    this.#digest = sealedDigester(patient.hospital.realm)
    this.#wrapped = wrap(labelKey(patient, this.#label).publicKey, this.#dataKey)
  }

  /** Bind a new device to `patient`, with label keys at the hospital. */
  static async bind(patient: Patient, hospital: HospitalProcess, kind: 'mqtt' | 'coap'): Promise<RawDevice> {
    const { endpoints } = hospital
    const ca = await hospital.ca()
    const log = createLog('raw-device', 'silent')
    const device = new RawDevice(patient, (signer) => {
      if (kind === 'coap') return new CoapUplink({ url: endpoints.coap, timeoutMs: ANSWER_LIMIT_MS }, { log })
      const ignoresDates = () => false
      const api = new HospitalApi({ api: endpoints.api, ca }, { ignoresDates })
      const backoff = { firstMs: 50, limitMs: 250 }
      return new MqttUplink(
        { url: endpoints.mqtt, ca, hospital: patient.hospital.hospital, stallMs: ANSWER_LIMIT_MS, backoff },
        { signer, api, ignoresDates, clock: systemClock, log },
      )
    })
    await device.#bind()
    return device
  }

  /** Seal and send a batch after another until told to stop, `everyMs` apart on each of four lanes. */
  start(everyMs: number): void {
    this.#uplink.start({ onAnswers: (answers) => this.#hear(answers), onLink: () => {} })
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
      const batch = this.#seal()
      while (!(await this.#isTaken(batch))) await delay(AGAIN_MS)
      this.acknowledged.push(batch)
      await delay(everyMs)
    }
  }

  async #isTaken({ block, cid }: RawBatch): Promise<boolean> {
    this.#busy.delete(cid)
    const isAnswered = await this.#uplink.send(block).then(
      () => true,
      () => false,
    )
    // Said before the acknowledgement, which then stands for nothing.
    return isAnswered && !this.#busy.has(cid)
  }

  #hear(answers: readonly Answer[]): void {
    for (const answer of answers) {
      if (answer.kind === 'busy') this.#busy.add(formatCid(cidOfDigest(fromHex(answer.digest))))
      if (answer.kind === 'refused') this.refused.push(answer.refusal.reason)
    }
  }

  #seal(): RawBatch {
    const sequence = ++this.#sequence
    const at = (this.#start + sequence) as UnixMs
    const value = (sequence % (CHANNEL.max * CHANNEL.perUnit)) / CHANNEL.perUnit
    const time = { boot: this.#boot, offsetMs: this.#start, steps: [] }
    const sample = { channel: CHANNEL.name, at: sequence as MonotonicMs, value }
    const { block, cid } = sealBatch(
      encodeBatch({ time, columns: [{ channel: CHANNEL.name, samples: [sample] }] }),
      {
        device: this.signer.address,
        label: this.#label,
        incarnation: this.incarnation,
        sequence,
        prev: this.#prev,
        from: at,
        to: at,
        isDated: true,
        priority: 'vitals',
        capsule: this.#wrapped.capsule,
        wrappedKey: this.#wrapped.ciphertext,
      },
      this.#dataKey,
      this.signer,
      this.#digest,
    )
    this.#prev = cid
    const name = nameOfReading(this.signer.address, CHANNEL.name, at)
    return { sequence, block, cid: formatCid(cid), reading: { name, value } }
  }
}
