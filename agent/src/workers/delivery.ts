import { parentPort, workerData } from 'node:worker_threads'
import { isAbort } from '@hygeia/runtime/abort'
import { createLog } from '@hygeia/runtime/log'
import { pathsOf } from '../config/config.ts'
import { Delivery } from '../delivery/delivery.ts'
import { AgentError } from '../errors.ts'
import { readPairing } from '../hospital/pairing-record.ts'
import { readIdentity } from '../identity/device-key.ts'
import { configuredBy } from '../pipeline/document.ts'
import { failing } from './failing.ts'
import type {
  RoomMessage,
  SampleMessage,
  TakenMessage,
  WorkerInit,
  WorkerOrder,
  WorkerReport,
} from './messages.ts'

const DONE_CHECK_MS = 50

const supervisor = parentPort
if (supervisor === null) throw new Error('runs as a worker only')

const { config: written, pipeline, port } = workerData as WorkerInit
const config = configuredBy(written, pipeline)
const report = (message: WorkerReport) => supervisor.postMessage(message)
const fail = failing(report)
const log = createLog('hygeia-agent', config.logLevel)
const delivery = await open().catch((cause: unknown) => {
  fail(cause)
  return undefined
})
const abort = new AbortController()
const tell = () => {
  if (delivery !== undefined) report({ kind: 'delivery', status: delivery.status() })
}
const telling = setInterval(tell, config.status.everyMs)
tell()
delivery?.start()

// One after the other: the next chunk waits until this one has its place.
let working: Promise<void> = Promise.resolve()
port.on('message', (message: SampleMessage) => {
  working = working
    .then(() => handle(message))
    .catch((cause: unknown) => {
      if (!isAbort(cause)) fail(cause)
    })
})

async function open(): Promise<Delivery> {
  const paths = pathsOf(config)
  const identity = await readIdentity(paths.signingKey)
  const pairing = await readPairing(paths.pairing)
  if (pairing === undefined) throw new AgentError('not paired', { code: 'NOT_PAIRED' })
  const onRoom = (step: RoomMessage['step']) => port.postMessage({ kind: 'room', step } satisfies RoomMessage)
  return Delivery.open(config, { identity, pairing, log, onFault: fail, onRoom })
}

async function handle(message: SampleMessage): Promise<void> {
  if (abort.signal.aborted || delivery === undefined) return
  if (message.kind === 'chunk') {
    const isDurable = await delivery.take(message.chunk, abort.signal)
    port.postMessage({ kind: 'taken', number: message.number, isDurable } satisfies TakenMessage)
    return
  }
  if (message.kind === 'recording') {
    delivery.retune(message.recording)
    return
  }
  await delivery.finish(abort.signal)
  const waiting = setInterval(() => {
    if (!delivery.isDone) return
    clearInterval(waiting)
    tell()
    report({ kind: 'finished' })
  }, DONE_CHECK_MS)
  abort.signal.addEventListener('abort', () => clearInterval(waiting))
}

supervisor.on('message', async (order: WorkerOrder) => {
  if (order.kind === 'sensors') delivery?.sensorsAre(order.count)
  if (order.kind !== 'stop') return
  clearInterval(telling)
  abort.abort()
  await working
  await delivery?.stop()
  report({ kind: 'stopped' })
  port.close()
  supervisor.close()
})
