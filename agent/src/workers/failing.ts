import { CodedError } from '@hygeia/protocol/errors'
import type { WorkerReport } from './messages.ts'

/**
 * What a worker does with what it cannot go on with: a fault that has a name is reported, any other ends the worker
 * with its trace. Either way the whole agent ends, and what restarts it starts with whole state.
 */
export function failing(report: (message: WorkerReport) => void): (cause: unknown) => void {
  return (cause) => {
    if (cause instanceof CodedError) {
      report({ kind: 'failed', fault: cause.code, message: cause.message })
      return
    }
    setImmediate(() => {
      throw cause
    })
  }
}
