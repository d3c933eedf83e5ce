import type { OwnDeviceStore } from '@hygeia/dapp/manual/memory'
import type { Database } from './database.ts'

const NAME = 'own-device'

/** What the patient's own device remembers, in the browser's database; tabs change it one after the other. */
export function ownDeviceStore(database: Database): OwnDeviceStore {
  return {
    read: () => database.get('kept', NAME),
    write: async (text) => {
      await database.put('kept', text, NAME)
    },
    alone: async (work) => navigator.locks.request(`hygeia-${NAME}`, work),
  }
}
