import { BlockPhase } from '@hygeia/agent/uplink/block-phase'
import { encodeQuestion, type Question, signQuestion } from '@hygeia/protocol/device-link/question'
import { COAP_PATHS, topicOf } from '@hygeia/protocol/device-link/topics'
import type { Hex32 } from '@hygeia/protocol/ids'
import { signDeviceToken } from '@hygeia/protocol/login/device-token'
import type { UnixMs } from '@hygeia/protocol/units'
import type { FleetDevice, SealedPiece } from '../fleet.ts'
import { CoapLink } from './coap-link.ts'
import { type GoodAnchors, Ledger, type LedgerEvents } from './ledger.ts'
import { MqttLink } from './mqtt-link.ts'
import type { LoadTarget } from './plan.ts'

export interface LoadDeviceDeps {
  readonly fleet: FleetDevice
  readonly anchors: GoodAnchors
  readonly events: LedgerEvents
  /** A single-use nonce for the log-in. */
  readonly nonce: () => Promise<string>
  readonly onLost: (cause: Error) => void
}

/** One device of a load: its link, and what it has sent. */
export interface LoadDevice {
  readonly fleet: FleetDevice
  readonly ledger: Ledger
  /** Datagrams that had to be sent again. */
  readonly repeats: number
  /** @param begunAt - since when its receipt is waited for */
  send(piece: SealedPiece, begunAt: number, onAnswered: () => void): void
  close(): Promise<void>
}

/** Devices have addresses of their own: hospitals limit what comes from one. */
const addressOf = (index: number) => `127.0.${1 + Math.floor(index / 250)}.${1 + (index % 250)}`

/** @param isBare - a broker without log-in and answers */
export async function mqttDevice(
  index: number,
  target: LoadTarget,
  isBare: boolean,
  { fleet, anchors, events, nonce, onLost }: LoadDeviceDeps,
): Promise<LoadDevice> {
  const { signer } = fleet
  const { hospital, ca, mqtt } = target
  const clientId = signer.address
  const ledger = new Ledger(signer.address, anchors, events)
  const { hostname, port } = new URL(mqtt)
  const login = async () => {
    const password = signDeviceToken(
      { device: signer.address, hospital, clientId, nonce: await nonce() },
      signer,
    )
    return { username: signer.address, password }
  }
  const link = await MqttLink.open({
    host: hostname,
    port: Number(port),
    localAddress: addressOf(index),
    ca,
    clientId,
    login: isBare ? undefined : await login(),
    topic: topicOf(signer.address, 'batch'),
    answerTopic: isBare ? undefined : topicOf(signer.address, 'answer'),
    onAnswer: (payload) => ledger.read(payload),
    onLost,
  })
  return {
    fleet,
    ledger,
    repeats: 0,
    send(piece, begunAt, onAnswered) {
      if (!isBare) ledger.sent(piece, begunAt)
      link.publish(piece.block, onAnswered)
    },
    close: () => link.close(),
  }
}

/** After receipts came while more are missing: there was no room for them in one answer. */
const MORE_MS = 20

/** A device that asks for its receipts, when the agent would. */
export async function coapDevice(
  index: number,
  target: LoadTarget,
  { fleet, anchors, events, onLost }: Omit<LoadDeviceDeps, 'nonce'>,
): Promise<LoadDevice> {
  const { hostname, port } = new URL(target.coap)
  const ledger = new Ledger(fleet.signer.address, anchors, events)
  const phase = new BlockPhase({ periodMs: target.periodSec * 1_000 })
  const link = await CoapLink.open({
    host: hostname,
    port: Number(port),
    localAddress: addressOf(index),
    onLost,
  })
  let askedAt = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  const plan = (at: number) => {
    timer = setTimeout(ask, Math.max(0, at - performance.now()))
  }
  const ask = () => {
    const range = ledger.firstRun()
    if (range === undefined) {
      timer = undefined
      return
    }
    askedAt = performance.now()
    const began = askedAt
    link.post(COAP_PATHS.question, questionOf(fleet, target, range), (payload) => {
      const hasReceipts = ledger.read(payload) > 0
      if (hasReceipts) phase.hit(began)
      else phase.miss(performance.now())
      const isMore = hasReceipts && ledger.isBehind
      plan(isMore ? began + MORE_MS : phase.next(askedAt, performance.now()))
    })
  }
  return {
    fleet,
    ledger,
    get repeats() {
      return link.repeats
    },
    send(piece, begunAt, onAnswered) {
      ledger.sent(piece, begunAt)
      link.post(COAP_PATHS.batch, piece.block, (payload) => {
        ledger.read(payload)
        phase.hope()
        if (timer === undefined) plan(phase.next(askedAt, performance.now()))
        onAnswered()
      })
    },
    async close() {
      clearTimeout(timer)
      await link.close()
    },
  }
}

function questionOf(
  { signer, incarnation }: FleetDevice,
  { realm }: LoadTarget,
  { from, to }: { readonly from: number; readonly to: number },
): Uint8Array {
  const question: Question = {
    device: signer.address,
    incarnation,
    from,
    to,
    // Above any: label keys are not what is measured.
    labelSerial: Number.MAX_SAFE_INTEGER,
    headSequence: to,
    head: `0x${'00'.repeat(32)}` as string as Hex32,
    spoolBytes: 0,
    at: Date.now() as UnixMs,
  }
  return encodeQuestion(signQuestion(realm, question, signer))
}
