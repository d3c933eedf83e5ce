import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { cidOfDigest, formatCid } from '@hygeia/protocol/sealed/cid'

const FILES = ['agent.db', 'agent.db-wal']

/** CIDs of what lies in the spool of an agent that does not run; looked at in a copy, so that nothing is repaired. */
export async function spooledBatches(stateDir: string): Promise<readonly string[]> {
  const copy = await mkdtemp(join(tmpdir(), 'hygeia-spool-'))
  try {
    for (const name of FILES) {
      await copyFile(join(stateDir, name), join(copy, name)).catch(ignoreMissing)
    }
    const database = new DatabaseSync(join(copy, 'agent.db'))
    try {
      const isThere = database.prepare(`SELECT 1 FROM sqlite_master WHERE name = 'batches'`).get()
      if (isThere === undefined) return []
      return database
        .prepare('SELECT digest FROM batches')
        .all()
        .flatMap(({ digest }) => (digest instanceof Uint8Array ? [formatCid(cidOfDigest(digest))] : []))
    } finally {
      database.close()
    }
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
}

function ignoreMissing(cause: unknown): void {
  if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw cause
}
