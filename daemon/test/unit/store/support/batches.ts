import { hash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Address, Incarnation } from '@hygeia/protocol/ids'
import type { Label } from '@hygeia/protocol/label'
import { batchLeafHash } from '@hygeia/protocol/merkle/leaf'
import { cidOfDigest } from '@hygeia/protocol/sealed/cid'
import type { SealedHeader } from '@hygeia/protocol/sealed/header'
import type { UnixMs } from '@hygeia/protocol/units'
import { pino } from 'pino'
import type { Test } from 'tap'
import type { GenuineBatch } from '../../../../src/store/admit.ts'
import { openStore, type Store, type StoreOptions } from '../../../../src/store/store.ts'

export const INCARNATION = '0x00000000000000a1' as Incarnation
export const LABEL = 'vitals/2026-01/0' as Label
export const NEVER = { get: async () => undefined }
export const silent = pino({ level: 'silent' })

export const deviceNumber = (number: number) => `0x${number.toString(16).padStart(40, '0')}` as Address

/** A batch that nobody sealed: the store takes it as judged. */
export function batchOf(changes: Partial<SealedHeader> = {}, at = 1_000, sizeBytes = 600): GenuineBatch {
  const header: SealedHeader = {
    device: deviceNumber(1),
    label: LABEL,
    incarnation: INCARNATION,
    sequence: 1,
    prev: undefined,
    from: 1_000 as UnixMs,
    to: 2_000 as UnixMs,
    isDated: true,
    priority: 'vitals',
    capsule: new Uint8Array(105),
    wrappedKey: new Uint8Array(72),
    ...changes,
  }
  const bytes = randomBytes(sizeBytes)
  const digest = hash('sha256', bytes, 'buffer')
  return { bytes, header, digest, leafHash: batchLeafHash({ ...header, digest }), at: at as UnixMs }
}

export const cidOfBatch = ({ digest }: GenuineBatch) => cidOfDigest(digest)

/** A folder that is gone after the test. */
export async function scratch(t: Pick<Test, 'teardown'>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'hygeia-store-'))
  t.teardown(() => rm(dir, { recursive: true }))
  return dir
}

/** A store on a folder of its own, closed after the test. */
export async function storeFor(t: Test, options: Partial<StoreOptions> = {}): Promise<Store> {
  const path = options.path ?? join(await scratch(t), 'ingest')
  const store = await openStore(
    { path, reserveBytes: 0, keepMs: 1_000, ...options },
    { log: silent, archive: NEVER },
  )
  t.teardown(() => store.close())
  return store
}
