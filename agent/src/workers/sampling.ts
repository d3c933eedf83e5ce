import { parentPort, workerData } from 'node:worker_threads'
import { createLog } from '@hygeia/runtime/log'
import { startBedside } from '../bedside.ts'
import { failing } from './failing.ts'
import type { WorkerInit, WorkerOrder, WorkerReport } from './messages.ts'

const supervisor = parentPort
if (supervisor === null) throw new Error('runs as a worker only')

const { config, pipeline, port } = workerData as WorkerInit
const report = (message: WorkerReport) => supervisor.postMessage(message)
const fail = failing(report)
const log = createLog('hygeia-agent', config.logLevel).child({ part: 'sampling' })
const bedside = await startBedside(config, pipeline, { port, log, onFault: fail }).catch((cause: unknown) => {
  fail(cause)
  return undefined
})
const tell = () => {
  if (bedside !== undefined) report({ kind: 'sampling', status: bedside.status() })
}
const telling = setInterval(tell, config.status.everyMs)
tell()

supervisor.on('message', async (order: WorkerOrder) => {
  if (order.kind === 'control' && bedside !== undefined) {
    report({ kind: 'control', number: order.number, answer: bedside.handle(order.request) })
  }
  if (order.kind === 'editor') bedside?.connectEditor(order.port)
  if (order.kind !== 'stop') return
  clearInterval(telling)
  await bedside?.stop()
  report({ kind: 'stopped' })
  port.close()
  supervisor.close()
})
