import type { Address } from '../ids.ts'
import { accountId, identifierOf, type Linking, linkTo } from './pseudonym.ts'
import type { Device, Patient } from './resources.ts'

/** @param name - as people call the patient; nothing here knows it unless told */
export function patientOf(account: Address, name?: string): Patient {
  const called = name === undefined ? {} : { name: [{ text: name }] }
  return { resourceType: 'Patient', id: accountId(account), identifier: [identifierOf(account)], ...called }
}

/** A device and whose it is. */
export function deviceOf(account: Address, patient: Address, linking: Linking): Device {
  return {
    resourceType: 'Device',
    id: accountId(account),
    identifier: [identifierOf(account)],
    patient: linkTo('Patient', accountId(patient), linking),
  }
}
