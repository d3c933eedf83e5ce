import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '@hygeia/runtime/clock'
import { createLog } from '@hygeia/runtime/log'
import { Registry } from 'prom-client'
import t, { type Test } from 'tap'
import { ReplicaBook } from '../../../src/replication/book.ts'
import { Rounds } from '../../../src/replication/rounds.ts'
import { until } from '../../link/support/until.ts'
import { scratch } from '../support/scratch.ts'
import { address, anchoredManifest } from './support/anchored.ts'

const log = createLog('test', 'silent')
const COUNT = 40
/** A round with its rests takes as many seconds as there are manifests. */
const SOON_MS = 10_000

/** A book that says of `COUNT` manifests that they are held. */
async function bookOfHeld(t: Test): Promise<ReplicaBook> {
  const book = new ReplicaBook({ path: await scratch(t), reserveBytes: 0 }, { log })
  await book.start()
  t.teardown(() => book.stop())
  const all = Array.from({ length: COUNT }, (_, block) => anchoredManifest(address(), 1 + block, block))
  await book.note(
    all.map(({ anchored }) => ({ anchored, isOurs: true, ask: [] })),
    COUNT,
  )
  for (const record of await book.nextWanted(COUNT, () => false)) {
    await book.hold(record, [randomBytes(32)], [], 'reduced')
  }
  return book
}

interface Around {
  /** Of the blocks; all of them unless told. */
  readonly gone?: 'all' | 'none'
  /** Manifests after which the disk says nothing any more. */
  readonly stuckAfter?: number
}

/** Look around on the disk of that name. @returns what was looked for */
function goRound(t: Test, book: ReplicaBook, repo: string, { gone = 'all', stuckAfter }: Around = {}) {
  const looked: string[] = []
  const rounds = new Rounds({
    book,
    ipfs: { repo },
    fetcher: {
      missing: async (manifest, signal) => {
        if (looked.length === stuckAfter) await aborted(signal)
        looked.push(manifest)
        return gone === 'all' ? 1 : 0
      },
    },
    replicator: { wake: () => {} },
    clock: systemClock,
    log,
    metrics: new Registry(),
  })
  t.teardown(() => rounds.stop())
  return { rounds, looked }
}

t.test('on another disk with blocks, all that was held is found to be gone at once', async (t) => {
  const book = await bookOfHeld(t)
  t.equal(book.wanted, 0)
  const first = goRound(t, book, 'one')
  await first.rounds.start()
  await until(async () => (await book.lookedAt()) === 'one', SOON_MS)
  await first.rounds.stop()
  t.equal(book.wanted, COUNT)
  t.equal(new Set(first.looked).size, COUNT)
  for (const record of await book.nextWanted(COUNT, () => false)) {
    if (record.state !== 'gone') t.fail(`one is ${record.state}`)
    await book.hold(record, [randomBytes(32)], [], 'reduced')
  }
  const again = goRound(t, book, 'one', { gone: 'none' })
  await again.rounds.start()
  await delay(3_000)
  await again.rounds.stop()
  t.ok(again.looked.length <= 4, `and without haste from then on: ${again.looked.length} in 3 s`)
})

t.test('a hasty round that was cut short begins anew', async (t) => {
  const book = await bookOfHeld(t)
  const cut = goRound(t, book, 'one', { stuckAfter: 10 })
  await cut.rounds.start()
  await until(() => cut.looked.length === 10, SOON_MS)
  await cut.rounds.stop()
  t.equal(await book.lookedAt(), '')
  const again = goRound(t, book, 'one')
  await again.rounds.start()
  await until(() => book.wanted === COUNT, SOON_MS)
})

/** @throws the signal's reason, once it aborts or because it has */
async function aborted(signal: AbortSignal): Promise<never> {
  signal.throwIfAborted()
  return new Promise((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
  )
}
