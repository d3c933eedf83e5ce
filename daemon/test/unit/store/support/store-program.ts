import { setTimeout as delay } from 'node:timers/promises'
import { StoreError } from '../../../../src/store/errors.ts'
import { openStore } from '../../../../src/store/store.ts'
import { batchOf, NEVER, silent } from './batches.ts'

// Takes batches for ever and tells what became of each.
const [path = ''] = process.argv.slice(2)
const store = await openStore({ path, reserveBytes: 0, keepMs: 1_000 }, { log: silent, archive: NEVER })
for (let sequence = 0; ; sequence++) {
  const batch = batchOf({ sequence })
  try {
    await store.take(batch)
    console.log(`taken ${Buffer.from(batch.digest).toString('hex')}`)
  } catch (cause) {
    if (!(cause instanceof StoreError)) throw cause
    console.log(cause.code)
    await delay(10)
  }
}
