import { until } from '@hygeia/test/until'
import { pinnedFetch } from '../../dapp/bin/host/pinned-fetch.ts'
import type { FleetDevice, SealedPiece } from '../fleet.ts'
import { GoodAnchors } from './ledger.ts'
import { type LoadDevice, mqttDevice } from './load-device.ts'
import type { LoadTarget } from './plan.ts'

const IN_FLIGHT = 16
const LIMIT_MS = 60_000

/** Log-in nonces of a hospital. */
export function nonceSource({ api, ca }: Pick<LoadTarget, 'api' | 'ca'>): () => Promise<string> {
  const fetch = pinnedFetch(ca)
  return async () => {
    const answer = await fetch(`${api}/v1/device-nonce`, { method: 'GET' })
    if (!answer.ok) throw new Error(`no nonce: ${answer.status} ${await answer.text()}`)
    return String(Object(await answer.json()).nonce)
  }
}

/** A device at a hospital's MQTT door that verifies its receipts. */
export interface Sender extends AsyncDisposable {
  readonly device: LoadDevice
  /** What went wrong first. */
  readonly fault: Error | undefined
}

export async function openSender(target: LoadTarget, fleet: FleetDevice): Promise<Sender> {
  let fault: Error | undefined
  const fail = (what: string) => () => {
    fault ??= new Error(what)
  }
  const device = await mqttDevice(0, target, false, {
    fleet,
    anchors: new GoodAnchors(target),
    nonce: nonceSource(target),
    onLost: (cause) => {
      fault ??= cause
    },
    events: {
      onReceipt: () => {},
      onBusy: fail('told to come back'),
      onRefused: fail('refused'),
      onForged: fail('forged'),
    },
  })
  return {
    device,
    get fault() {
      return fault
    },
    [Symbol.asyncDispose]: () => device.close(),
  }
}

/** Send what one device sealed, and wait until every receipt was verified. */
export async function deliver(
  target: LoadTarget,
  fleet: FleetDevice,
  pieces: readonly SealedPiece[],
): Promise<void> {
  await using sender = await openSender(target, fleet)
  const { device } = sender
  let next = 0
  const send = () => {
    const piece = pieces[next++]
    if (piece !== undefined) device.send(piece, 0, send)
  }
  for (let started = 0; started < IN_FLIGHT; started++) send()
  const isDone = async () => {
    if (sender.fault !== undefined) return true
    return next >= pieces.length && device.ledger.waiting === 0
  }
  await until('every batch has its receipt', isDone, LIMIT_MS)
  if (sender.fault !== undefined) throw sender.fault
}
