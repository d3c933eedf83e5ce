import { mkdir, rm, stat } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { OwnDeviceStore } from '../../src/manual/memory.ts'
import type { StateStore } from '../../src/patient/state.ts'
import { usage } from './errors.ts'

const WAIT_MS = 50
/** Another run is done in a fraction of that; one that was killed leaves its lock behind. */
const STALE_MS = 30_000
const LIMIT_MS = 60_000

/** A file that several runs of the command change one after the other. @param lock - folder that stands for "mine" */
export function ownDeviceStore(file: StateStore, lock: string): OwnDeviceStore {
  return {
    read: () => file.read(),
    write: (text) => file.write(text),
    async alone(work) {
      await take(lock)
      try {
        return await work()
      } finally {
        await rm(lock, { recursive: true, force: true })
      }
    },
  }
}

async function take(lock: string): Promise<void> {
  const until = Date.now() + LIMIT_MS
  while (Date.now() < until) {
    const isMine = await mkdir(lock).then(
      () => true,
      (cause: unknown) => {
        if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return false
        throw cause
      },
    )
    if (isMine) return
    const age = await stat(lock)
      .then(({ mtimeMs }) => Date.now() - mtimeMs)
      .catch(() => 0)
    if (age > STALE_MS) await rm(lock, { recursive: true, force: true })
    else await delay(WAIT_MS)
  }
  throw usage(`another hygeia is entering something: remove ${lock} if there is none`)
}
