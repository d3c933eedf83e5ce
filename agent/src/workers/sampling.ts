import { parentPort, workerData } from 'node:worker_threads'
import { createLog } from '@hygeia/runtime/log'
import { startBedside } from '../bedside.ts'
import type { WorkerInit, WorkerOrder, WorkerReport } from './messages.ts'

const supervisor = parentPort
if (supervisor === null) throw new Error('runs as a worker only')

const { config, port } = workerData as WorkerInit
const report = (message: WorkerReport) => supervisor.postMessage(message)
const fail = (cause: unknown) => {
  // Ends this worker with this error, and so the whole agent: what restarts it starts with whole state.
  setImmediate(() => {
    throw cause
  })
}

const log = createLog('hygeia-agent', config.logLevel).child({ part: 'sampling' })
const bedside = await startBedside(config, { port, log, onFault: fail })
const tell = () => report({ kind: 'sampling', status: bedside.status() })
const telling = setInterval(tell, config.status.everyMs)
tell()

supervisor.on('message', async ({ kind }: WorkerOrder) => {
  if (kind !== 'stop') return
  clearInterval(telling)
  await bedside.stop()
  report({ kind: 'stopped' })
  port.close()
  supervisor.close()
})
