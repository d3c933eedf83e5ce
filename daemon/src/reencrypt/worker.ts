import { parentPort, workerData } from 'node:worker_threads'
import { CAPSULE_BYTES } from '@hygeia/protocol/sealed/codec'
import { Reencrypter } from '@hygeia/protocol/umbral/kfrag'
import { KfragCache } from './kfrag-cache.ts'
import { CFRAG_BYTES, type FromWorker, type ToWorker, type WorkerStart } from './messages.ts'

const { cacheLimit } = workerData as WorkerStart
const cache = new KfragCache(cacheLimit)

parentPort?.on('message', (message: ToWorker) => {
  const answer = handle(message)
  // The bytes change hands: a thousand cfrags are not copied.
  parentPort?.postMessage(answer, answer.kind === 'cfrags' ? [answer.cfrags.buffer] : [])
})

function handle(message: ToWorker): FromWorker {
  const { id } = message
  try {
    switch (message.kind) {
      case 'reencrypt':
        return { kind: 'cfrags', id, cfrags: reencryptAll(message) }
      case 'verify':
        return { kind: 'verified', id, bad: firstBad(message.frags) }
      case 'forget':
        cache.forget(message.prefix)
        return { kind: 'forgotten', id, held: cache.size }
    }
  } catch (cause) {
    return { kind: 'failed', id, message: cause instanceof Error ? cause.message : String(cause) }
  }
}

function reencryptAll({ name, kfrag, keys, capsules }: ToWorker & { kind: 'reencrypt' }) {
  const reencrypter = cache.get(name, kfrag, keys)
  const count = capsules.length / CAPSULE_BYTES
  const cfrags = new Uint8Array(count * CFRAG_BYTES)
  for (let index = 0; index < count; index++) {
    const capsule = capsules.subarray(index * CAPSULE_BYTES, (index + 1) * CAPSULE_BYTES)
    cfrags.set(reencrypter.reencrypt(capsule), index * CFRAG_BYTES)
  }
  return cfrags
}

function firstBad(frags: (ToWorker & { kind: 'verify' })['frags']): number | undefined {
  for (const [index, { kfrag, keys }] of frags.entries()) {
    try {
      new Reencrypter(kfrag, keys).free()
    } catch {
      return index
    }
  }
  return undefined
}
