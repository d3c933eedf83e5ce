import { hostClock } from '@hygeia/dapp/clock'
import { openDatabase } from '../store/database.ts'
import { Vault } from './vault.ts'
import { type Port, serve } from './wire.ts'

// Keys are only ever in this worker's memory. What the first screen does not need is loaded at the first call.
const database = openDatabase()
const vault = database.then((opened) => new Vault(opened))
const once = <T>(make: () => Promise<T>) => {
  let made: Promise<T> | undefined
  return () => {
    const making = made ?? make()
    made = making
    // What failed, because the keys were locked, is made anew once they are open.
    making.catch(() => {
      if (made === making) made = undefined
    })
    return making
  }
}

const home = once(async () => {
  const { HomeHospital } = await import('./home-hospital.ts')
  return new HomeHospital(await database, self.location.origin)
})

const patientDesk = once(async () => {
  const { PatientDesk } = await import('./patient-desk.ts')
  return new PatientDesk((await vault).opened, await home(), await database)
})

const accountDesk = once(async () => {
  const { AccountDesk } = await import('./account-desk.ts')
  return new AccountDesk(await vault, await home())
})

const ownReadings = once(async () => {
  const { openOwnReadings } = await import('./own-readings.ts')
  return openOwnReadings(await patientDesk(), (await vault).opened, await database, {
    clock: hostClock,
    tell,
  })
})

const physicianDesk = once(async () => {
  const { openPhysicianDesk } = await import('./physician/open.ts')
  return openPhysicianDesk({ open: (await vault).opened, home: await home(), database: await database, tell })
})

const entryDesk = once(async () => {
  const { EntryDesk } = await import('./entry-desk.ts')
  return new EntryDesk({ device: await (await patientDesk()).ownDevice(hostClock), clock: hostClock, tell })
})

const exportDesk = once(async () => {
  const { ExportDesk } = await import('./export-desk.ts')
  const { openExportFile } = await import('./export-file.ts')
  return new ExportDesk({ desk: await patientDesk(), tell, openFile: openExportFile })
})

const tell = serve(self as unknown as Port, {
  vault: () => vault,
  account: accountDesk,
  patient: patientDesk,
  physician: physicianDesk,
  readings: async (patient) =>
    patient === undefined ? ownReadings() : (await physicianDesk()).readings(patient),
  exports: exportDesk,
  entries: entryDesk,
})
