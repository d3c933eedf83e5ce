import { join } from 'node:path'
import type { ChannelName } from '@hygeia/protocol/channel'
import type { Sample } from '@hygeia/protocol/sample'
import type { MonotonicMs } from '@hygeia/protocol/units'
import t from 'tap'
import { Journal } from '../../../src/batch/journal.ts'
import { JournalCipher } from '../../../src/batch/journal-cipher.ts'
import { decodeRecord, encodeRecord } from '../../../src/batch/record.ts'
import { Database } from '../../../src/disk/database.ts'
import { testFolder } from '../../support/bedside.ts'
import { clocksOf, pulses } from '../../support/line.ts'

const KEY = new Uint8Array(32).fill(1)
const clocks = { ...clocksOf(1_700_000_000_000), steps: [{ at: 5 as MonotonicMs, byMs: -3_600_000 }] }

async function open(t: { teardown(work: () => unknown): unknown }, key = KEY, path?: string) {
  const file = path ?? join(await testFolder(t), 'agent.db')
  const database = Database.open(file)
  const journal = new Journal({ database, cipher: new JournalCipher({ key }) })
  return { database, journal, file }
}

t.test('a record is read as it was written, missing and suspect ones too', async (t) => {
  const spo2 = 'spo2' as ChannelName
  const samples: Sample[] = [
    ...pulses(0, 3),
    { channel: spo2, at: 500 as MonotonicMs, value: 101, suspect: true as const },
    { channel: spo2, at: 1_500 as MonotonicMs, missing: 'probe-off' as const },
  ]
  samples.sort((a, b) => a.at - b.at)
  t.same(decodeRecord(encodeRecord({ category: 'vitals', clocks, samples })), {
    category: 'vitals',
    clocks,
    samples,
  })
  const undated = { ...clocks, offsetMs: undefined }
  t.equal(
    decodeRecord(encodeRecord({ category: 'vitals', clocks: undated, samples })).clocks.offsetMs,
    undefined,
  )
})

t.test('windows come back with what was written, piece by piece', async (t) => {
  const { database, journal, file } = await open(t)
  const id = journal.nextId()
  for (const end of [10, 20, 30]) {
    const window = { id, category: 'vitals' as const, samples: pulses(0, end) }
    t.equal(journal.oldestUnwritten([window]), (end - 10) * 1_000)
    database.transaction(() => journal.write(window, clocks))
    journal.committed()
    t.equal(journal.isBehind([window]), false)
  }
  database.close()
  const again = await open(t, KEY, file)
  const { windows, unreadable } = again.journal.replay()
  t.equal(unreadable, 0)
  t.same(windows, [{ window: { id, category: 'vitals', samples: pulses(0, 30) }, clocks }])
  t.ok(again.journal.nextId() > id, 'names are not used twice')
  const more = { id, category: 'vitals' as const, samples: pulses(0, 31) }
  t.equal(again.journal.oldestUnwritten([more]), 30_000, 'and it goes on from there')
})

t.test('a transaction that was undone is written again', async (t) => {
  const { database, journal } = await open(t)
  const window = { id: 1, category: 'vitals' as const, samples: pulses(0, 5) }
  t.throws(() =>
    database.transaction(() => {
      journal.write(window, clocks)
      throw new Error('no')
    }),
  )
  journal.undone()
  t.equal(journal.isBehind([window]), true)
  database.transaction(() => journal.write(window, clocks))
  journal.committed()
  database.transaction(() => journal.forget(1))
  journal.committed()
  t.same(journal.replay().windows, [])
})

t.test('without the key nothing can be read, and that is counted', async (t) => {
  const { database, journal, file } = await open(t)
  database.transaction(() => journal.write({ id: 1, category: 'vitals', samples: pulses(0, 5) }, clocks))
  const raw = database.prepare('SELECT record FROM journal').get()?.record
  t.notOk(Buffer.from(raw instanceof Uint8Array ? raw : []).includes('vitals'))
  database.close()
  const other = await open(t, new Uint8Array(32).fill(2), file)
  t.same(other.journal.replay(), { windows: [], unreadable: 1 })
})

t.test('a record belongs to its window, and any change shows', async (t) => {
  const cipher = new JournalCipher({ key: KEY })
  const sealed = cipher.seal(Uint8Array.of(1, 2, 3), 'window 1')
  t.same(cipher.open(sealed, 'window 1'), Buffer.of(1, 2, 3))
  t.equal(cipher.open(sealed, 'window 2'), undefined)
  t.equal(cipher.open(sealed.subarray(0, 20), 'window 1'), undefined)
  for (let at = 0; at < sealed.length; at++) {
    const changed = Uint8Array.from(sealed)
    changed[at] = (changed[at] ?? 0) ^ 1
    t.equal(cipher.open(changed, 'window 1'), undefined)
  }
})
