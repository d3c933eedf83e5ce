import type { Identity } from '@hygeia/protocol/seed/seed'
import { REGISTER_PATIENT } from '@hygeia/protocol/typed-data/chain'
import type { RelayAnswer } from '../hospital/answers.ts'
import type { AccountClient } from '../hospital/client.ts'
import type { KnownHospital } from '../hospital/known.ts'
import { type Place, placeAt } from '../hospital/place.ts'
import { once, signStatement } from '../hospital/statement.ts'
import { PatientError } from './errors.ts'
import type { PatientState } from './state.ts'

/** A patient at a hospital, with others of its consortium within reach: everything that the patient's own acts need. */
export interface Patient {
  readonly identity: Identity
  readonly hospital: KnownHospital
  readonly account: AccountClient
  /** Every hospital of the consortium that this client knows, that one first. */
  readonly hospitals: readonly Place[]
  /** Changed by the acts; whoever holds it saves it afterwards. */
  readonly state: PatientState
}

/** @param others - further hospitals of the same consortium */
export function patientAt(
  identity: Identity,
  hospital: KnownHospital,
  state: PatientState,
  others: readonly KnownHospital[] = [],
): Patient {
  const [home, ...further] = [hospital, ...others].map((one) => placeAt(identity.signer, one))
  if (home === undefined) throw new Error('unreachable: a hospital was given')
  return { identity, ...home, hospitals: [home, ...further], state }
}

/**
 * Register the patient's account on the chain.
 *
 * @returns undefined when it is registered already
 * @throws {PatientError} `NOT_ON_CHAIN` when the hospital says it is done and it is not
 */
export async function registerPatient({ identity, hospital }: Patient): Promise<RelayAnswer | undefined> {
  const { address } = identity.signer
  if (await hospital.directory.isPatient(address)) return undefined
  const message = { patient: address, ...once(hospital) }
  const signature = signStatement(identity, hospital, REGISTER_PATIENT, message)
  const answer = await hospital.client.relay({ kind: 'register-patient', message, signature })
  if (!(await hospital.directory.isPatient(address))) throw notOnChain('the registration')
  return answer
}

export function notOnChain(what: string): PatientError {
  return new PatientError(`${what} is not on the chain, though the hospital says so: ask the hospital`, {
    code: 'NOT_ON_CHAIN',
    what,
  })
}
