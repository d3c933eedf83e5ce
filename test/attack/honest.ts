import { setTimeout as delay } from 'node:timers/promises'
import type { Patient } from '@hygeia/dapp/patient/patient'
import type { Physician } from '@hygeia/dapp/physician/physician'
import type { Answer } from '@hygeia/protocol/device-link/answer'
import { cidOfDigest, formatCid } from '@hygeia/protocol/sealed/cid'
import { MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import type { HospitalProcess } from '../support/hospital.ts'
import { openReadings } from '../support/opened.ts'
import { type RawBatch, RawDevice } from '../support/raw-device.ts'
import { grantSpan } from '../support/scene.ts'
import { until } from '../support/until.ts'

/** From batch to batch of one device. */
const EVERY_MS = 200
const AGAIN_MS = 100
/** CoAP cannot speak unasked; by MQTT, what was said while a connection was lost has to be asked for. */
const ASK_MS = { mqtt: 5_000, coap: 500 } as const

interface Sent {
  readonly kind: 'mqtt' | 'coap'
  readonly batch: RawBatch
  /** When it was sent first, ms of the monotonic clock. */
  readonly at: number
  receivedAt: number | undefined
}

/** How it went for what was sent in a span of time. */
export interface Service {
  readonly sent: number
  /** What the physician cannot open. */
  readonly lost: number
  /** From sending to the receipt, ms; undefined where nothing was sent. */
  readonly p99Ms: Readonly<Record<'mqtt' | 'coap', number | undefined>>
}

/** Devices of one patient at work, whatever is done to their hospital meanwhile. */
export class Ward {
  readonly #patient: Patient
  readonly #physician: Physician
  readonly #devices: readonly HonestDevice[]
  readonly #from = Date.now() as UnixMs
  #opened: ReadonlySet<string> = new Set()

  private constructor(patient: Patient, physician: Physician, devices: readonly HonestDevice[]) {
    this.#patient = patient
    this.#physician = physician
    this.#devices = devices
  }

  /** Two devices by MQTT and one by CoAP, which send from here on. */
  static async open(patient: Patient, physician: Physician, hospital: HospitalProcess): Promise<Ward> {
    const kinds = ['mqtt', 'mqtt', 'coap'] as const
    const devices = await Promise.all(
      kinds.map(async (kind) => new HonestDevice(await RawDevice.bind(patient, hospital, kind), kind)),
    )
    const ward = new Ward(patient, physician, devices)
    for (const device of devices) device.start()
    return ward
  }

  /** Stop sending, wait for every receipt, and have the physician open everything. */
  async close(): Promise<void> {
    await Promise.all(this.#devices.map((device) => device.finish()))
    const span = { from: (this.#from - MINUTE_MS) as UnixMs, to: (Date.now() + 10 * MINUTE_MS) as UnixMs }
    const { patient } = this
    const granted = await grantSpan({ patient, physician: this.#physician }, span)
    const { values } = await openReadings(this.#physician, granted, span)
    this.#opened = new Set([...values].map(([name, value]) => `${name} ${value}`))
  }

  get patient(): Patient {
    return this.#patient
  }

  /** Known once it is closed. @param from - ms of the monotonic clock, as `to` */
  during(from: number, to: number): Service {
    const sent = this.#devices.flatMap((device) => device.sent).filter(({ at }) => at >= from && at < to)
    const lost = sent.filter(
      ({ batch: { reading }, receivedAt }) =>
        receivedAt === undefined || !this.#opened.has(`${reading.name} ${reading.value}`),
    )
    const p99Of = (kind: 'mqtt' | 'coap') =>
      percentile(
        sent
          .filter((one) => one.kind === kind)
          .map(({ at, receivedAt = Number.POSITIVE_INFINITY }) => receivedAt - at),
      )
    return { sent: sent.length, lost: lost.length, p99Ms: { mqtt: p99Of('mqtt'), coap: p99Of('coap') } }
  }
}

const SHARE = 0.99

/** Nearest rank. */
function percentile(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * SHARE) - 1]
}

/** Sends a batch after another, each until the hospital has answered for it. */
class HonestDevice {
  readonly sent: Sent[] = []
  readonly #device: RawDevice
  readonly #kind: 'mqtt' | 'coap'
  readonly #waiting = new Map<string, Sent>()
  #isSending = true
  #work: Promise<unknown> = Promise.resolve()

  constructor(device: RawDevice, kind: 'mqtt' | 'coap') {
    this.#device = device
    this.#kind = kind
    device.onAnswers = (answers) => this.#hear(answers)
  }

  start(): void {
    this.#device.connect()
    this.#work = Promise.all([this.#send(), this.#ask()])
  }

  async finish(): Promise<void> {
    this.#isSending = false
    await this.#work
    // What is still without a receipt in the end was lost, which the table then says.
    await until('every receipt is there', async () => this.#waiting.size === 0 || this.#askOnce()).catch(
      () => {},
    )
    await this.#device.finish()
  }

  async #send(): Promise<void> {
    while (this.#isSending) {
      const batch = this.#device.seal()
      const one: Sent = { kind: this.#kind, batch, at: performance.now(), receivedAt: undefined }
      this.sent.push(one)
      this.#waiting.set(batch.cid, one)
      while (!(await this.#device.deliver(batch)) || this.#device.saidOf(batch) === 'busy')
        await delay(AGAIN_MS)
      await delay(EVERY_MS)
    }
  }

  async #ask(): Promise<void> {
    while (this.#isSending) {
      await delay(ASK_MS[this.#kind])
      await this.#askOnce()
    }
  }

  async #askOnce(): Promise<false> {
    const sequences = [...this.#waiting.values()].map(({ batch }) => batch.sequence)
    if (sequences.length > 0) {
      await this.#device.ask(Math.min(...sequences), Math.max(...sequences)).catch(() => {})
    }
    return false
  }

  #hear(answers: readonly Answer[]): void {
    const now = performance.now()
    for (const answer of answers) {
      if (answer.kind !== 'receipts') continue
      for (const { leaf } of answer.proven) {
        const cid = formatCid(cidOfDigest(leaf.digest))
        const one = this.#waiting.get(cid)
        if (one !== undefined) one.receivedAt = now
        this.#waiting.delete(cid)
      }
    }
  }
}
