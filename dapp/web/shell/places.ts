import type { Role } from '@hygeia/dapp/keys/role'
import type { ComponentType } from 'preact'
import type { IconName } from '../design/icon.tsx'
import { addWords, type WordKey } from '../words/words.ts'
import { lazily } from './lazily.tsx'

/** A page that the menu leads to. */
export interface PlaceEntry {
  /** After `#/`. */
  readonly path: string
  readonly name: WordKey
  readonly icon: IconName
  readonly Page: ComponentType
}

const settings: PlaceEntry = {
  path: 'settings',
  name: 'menu.settings',
  icon: 'settings',
  Page: lazily(async () => (await import('../pages/common/settings.tsx')).Settings),
}

type StaffPlace = keyof typeof import('../pages/operations/places.tsx')

const ofStaff = (name: StaffPlace) =>
  lazily(async () => {
    const [places] = await Promise.all([import('../pages/operations/places.tsx'), addWords('operations')])
    return places[name]
  })

const ofPatient = (load: () => Promise<ComponentType>) =>
  lazily(async () => {
    const [Page] = await Promise.all([load(), addWords('readings'), addWords('patient')])
    return Page
  })

const ofPhysician = (load: () => Promise<ComponentType>) =>
  lazily(async () => {
    const [Page] = await Promise.all([load(), addWords('readings')])
    return Page
  })

/** What each role has, in the order of the menu; the first is where one begins. */
export const PLACES: Readonly<Record<Role, readonly PlaceEntry[]>> = {
  patient: [
    {
      path: 'now',
      name: 'menu.now',
      icon: 'now',
      Page: ofPatient(async () => (await import('../pages/patient/now.tsx')).Now),
    },
    {
      path: 'charts',
      name: 'menu.charts',
      icon: 'charts',
      Page: ofPatient(async () => (await import('../pages/patient/charts.tsx')).Charts),
    },
    {
      path: 'sharing',
      name: 'menu.sharing',
      icon: 'sharing',
      Page: ofPatient(async () => (await import('../pages/patient/sharing/sharing.tsx')).Sharing),
    },
    {
      path: 'devices',
      name: 'menu.devices',
      icon: 'devices',
      Page: ofPatient(async () => (await import('../pages/patient/devices.tsx')).Devices),
    },
    {
      path: 'records',
      name: 'menu.records',
      icon: 'records',
      Page: ofPatient(async () => (await import('../pages/patient/records.tsx')).Records),
    },
    settings,
  ],
  physician: [
    {
      path: 'patients',
      name: 'menu.patients',
      icon: 'patients',
      Page: ofPhysician(async () => (await import('../pages/physician/patients.tsx')).Patients),
    },
    {
      path: 'alarms',
      name: 'menu.alarms',
      icon: 'bell',
      Page: ofPhysician(async () => (await import('../pages/physician/alarms.tsx')).WardAlarms),
    },
    {
      path: 'emergency',
      name: 'menu.emergency',
      icon: 'warn',
      Page: ofPhysician(async () => (await import('../pages/physician/emergency.tsx')).Emergency),
    },
    {
      path: 'key',
      name: 'menu.key',
      icon: 'records',
      Page: ofPhysician(async () => (await import('../pages/physician/key.tsx')).OwnKey),
    },
    settings,
  ],
  staff: [
    { path: 'overview', name: 'menu.overview', icon: 'overview', Page: ofStaff('Overview') },
    { path: 'systems', name: 'menu.systems', icon: 'systems', Page: ofStaff('Systems') },
    { path: 'decisions', name: 'menu.decisions', icon: 'sharing', Page: ofStaff('Decisions') },
    { path: 'log', name: 'menu.log', icon: 'log', Page: ofStaff('Log') },
    settings,
  ],
}
