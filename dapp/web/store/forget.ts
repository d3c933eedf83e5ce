import type { Database } from './database.ts'

/** Remove what is kept here of a range of time: every batch that reaches into it, ms since the Unix epoch. */
export async function forgetBlocks(database: Database, from: number, to: number): Promise<void> {
  const change = database.transaction('blocks', 'readwrite')
  const later = change.store.index('to').iterate(IDBKeyRange.lowerBound(from))
  for await (const cursor of later) {
    if (cursor.value.from < to) await cursor.delete()
  }
  await change.done
}
