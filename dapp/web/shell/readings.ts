import type { Address } from '@hygeia/protocol/ids'
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { ReadingsDesk } from '../worker/readings-desk.ts'
import type { Remote } from './room.ts'
import { room } from './session.ts'

const Whose = createContext<Address | undefined>(undefined)

/** Whatever is drawn below shows the readings of this patient; outside of any, of the patient whose keys are open. */
export const ReadingsOf = Whose.Provider

export function useReadings(): Remote<ReadingsDesk> {
  const patient = useContext(Whose)
  return patient === undefined ? room.value.readings : room.value.readingsOf(patient)
}
