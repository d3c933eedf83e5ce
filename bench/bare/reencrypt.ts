/** A thread that re-encrypts and does nothing else: what WebAssembly alone reaches. Run by `reencryption.ts`. */
import { once } from 'node:events'
import { parentPort, workerData } from 'node:worker_threads'
import { type FragKeys, Reencrypter } from '@hygeia/protocol/umbral/kfrag'

export interface BareStart {
  readonly kfrag: Uint8Array
  readonly keys: FragKeys
  readonly capsules: readonly Uint8Array[]
}

const { kfrag, keys, capsules } = workerData as BareStart
const port = parentPort
if (port === null) throw new Error('not a worker')
const reencrypter = new Reencrypter(kfrag, keys)
// Compiled and warm before it counts.
for (const capsule of capsules.slice(0, 50)) reencrypter.reencrypt(capsule)
const go = once(port, 'message')
port.postMessage('ready')
await go
for (const capsule of capsules) reencrypter.reencrypt(capsule)
port.postMessage('done')
reencrypter.free()
