import { parentPort, workerData } from 'node:worker_threads'
import { startEditor } from '../editor/editor.ts'
import type { EditorInit, EditorOrder, EditorReport } from './messages.ts'

const supervisor = parentPort
if (supervisor === null) throw new Error('runs as a worker only')
const report = (message: EditorReport) => supervisor.postMessage(message)

const editor = await startEditor(workerData as EditorInit).catch((cause: unknown) => {
  report({ kind: 'failed', message: cause instanceof Error ? cause.message : String(cause) })
  process.exit(1)
})
report({ kind: 'ready', port: editor.port, fingerprint: editor.fingerprint })
supervisor.on('message', async (order: EditorOrder) => {
  if (order.kind === 'core') {
    editor.line.core(order.status)
    report({ kind: 'beat' })
    return
  }
  await editor.stop()
  process.exit(0)
})
