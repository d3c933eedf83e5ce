import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '@hygeia/runtime/clock'
import { pino } from 'pino'
import { ChainError } from '../errors.ts'
import { toErrorObject } from '../json-rpc/fault.ts'
import type { FromWorker, ToWorker, WorkerStart } from './messages.ts'
import { Validator } from './validator.ts'

if (parentPort === null) throw new Error('this file runs as a worker thread')
const port = parentPort
const tell = (message: FromWorker) => port.postMessage(message)

// Lines go to the engine's logger: a worker has no stderr of its own that survives a crash.
const log = pino(
  { level: 'debug', base: null, timestamp: false },
  { write: (line) => tell({ kind: 'log', line }) },
)

async function run(options: WorkerStart): Promise<void> {
  const validator = await Validator.open(options, {
    clock: systemClock,
    log,
    onHead: (head, nextBuildAt) => tell({ kind: 'head', head, nextBuildAt }),
  })

  port.on('message', (message: ToWorker) => {
    if (message.kind === 'stop') {
      validator.stop().then(() => port.close(), fail)
      return
    }
    const { id, method, params } = message
    validator.call(method, params).then(
      (result) => tell({ kind: 'result', id, result: result ?? null }),
      (cause: unknown) => tell({ kind: 'failure', id, error: toErrorObject(cause) }),
    )
  })

  await validator.start()
  tell({
    kind: 'started',
    info: validator.info,
    rpcUrl: validator.rpcUrl,
    head: validator.head(systemClock.now()),
    nextBuildAt: validator.nextBuildAt(),
  })
}

/** An error thrown outside a promise ends the worker, and the engine is told. */
function fail(cause: unknown): void {
  setImmediate(() => {
    throw cause
  })
}

run(workerData as WorkerStart).catch((cause: unknown) => {
  if (!(cause instanceof ChainError)) return fail(cause)
  tell({ kind: 'refused', message: cause.message, detail: cause.detail })
  port.close()
})
