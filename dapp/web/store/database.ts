import type { Address } from '@hygeia/protocol/ids'
import { type DBSchema, type IDBPDatabase, openDB } from 'idb'

/** A sealed batch as a hospital gave it, with what it takes to open it again while nobody is there. */
export interface KeptBlock {
  readonly cid: string
  /** Account of the patient whose it is. */
  readonly owner: Address
  /** First and last sample, ms since the Unix epoch; the hospital knows these too. */
  readonly from: number
  readonly to: number
  readonly block: Uint8Array
  /** Nonce and data key under a key that only the words yield. */
  readonly nonce: Uint8Array
  readonly dataKey: Uint8Array
  readonly isAnchored: boolean
}

interface Schema extends DBSchema {
  /** One text by name: keystore, passkey, hospital, state, settings. */
  kept: { key: string; value: string }
  blocks: { key: string; value: KeptBlock; indexes: { to: number; owner: [Address, number] } }
}

export type Database = IDBPDatabase<Schema>

/** Everything that this browser keeps; nothing in it can be read without passphrase or passkey. */
export function openDatabase(): Promise<Database> {
  return openDB<Schema>('hygeia', 1, {
    upgrade(database) {
      database.createObjectStore('kept')
      const blocks = database.createObjectStore('blocks', { keyPath: 'cid' })
      blocks.createIndex('to', 'to')
      blocks.createIndex('owner', ['owner', 'to'])
    },
    // Another tab brings a newer version: it must not wait for this one.
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase | null)?.close(),
  })
}
