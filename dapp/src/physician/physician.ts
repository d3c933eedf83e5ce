import { fingerprint, keyDigest, signPhysicianKey } from '@hygeia/protocol/grant/physician-key'
import type { Identity } from '@hygeia/protocol/seed/seed'
import { REGISTER_PHYSICIAN } from '@hygeia/protocol/typed-data/chain'
import type { RelayAnswer } from '../hospital/answers.ts'
import type { AccountClient } from '../hospital/client.ts'
import { everywhere } from '../hospital/everywhere.ts'
import type { KnownHospital } from '../hospital/known.ts'
import { type Place, placeAt } from '../hospital/place.ts'
import { once, signStatement } from '../hospital/statement.ts'
import { PhysicianError } from './errors.ts'

/** A physician at a hospital, with others of its consortium within reach. */
export interface Physician {
  readonly identity: Identity
  readonly hospital: KnownHospital
  readonly account: AccountClient
  /** Every hospital of the consortium that this client knows, that one first. */
  readonly hospitals: readonly Place[]
}

/** @param others - further hospitals of the same consortium */
export function physicianAt(
  identity: Identity,
  hospital: KnownHospital,
  others: readonly KnownHospital[] = [],
): Physician {
  const [home, ...further] = [hospital, ...others].map((one) => placeAt(identity.signer, one))
  if (home === undefined) throw new Error('unreachable: a hospital was given')
  return { identity, ...home, hospitals: [home, ...further] }
}

export interface Registered {
  readonly status: 'unknown' | 'registered' | 'active' | 'suspended'
  /** To read out to patients. */
  readonly fingerprint: string
  /** Absent when the account was registered already. */
  readonly registration: RelayAnswer | undefined
}

/**
 * Register the physician's account and key; a hospital then has to admit it. Again is no change.
 *
 * @throws {PhysicianError} `OTHER_KEY`, or `NOT_ON_CHAIN` when the hospital says it is done and it is not
 */
export async function registerPhysician({ identity, hospital, hospitals }: Physician): Promise<Registered> {
  const { receivingKey, signer } = identity
  const digest = keyDigest(receivingKey)
  const before = await hospital.directory.physician(signer.address)
  let registration: RelayAnswer | undefined
  if (before.status === 'unknown') {
    const message = { physician: signer.address, keyDigest: digest, ...once(hospital) }
    const signature = signStatement(identity, hospital, REGISTER_PHYSICIAN, message)
    registration = await hospital.client.relay({ kind: 'register-physician', message, signature })
  } else if (before.keyDigest !== digest) {
    throw new PhysicianError('this account is registered with another key: use new words', {
      code: 'OTHER_KEY',
    })
  }
  const after = await hospital.directory.physician(signer.address)
  if (after.keyDigest !== digest) {
    throw new PhysicianError('the registration is not on the chain, though the hospital says so', {
      code: 'NOT_ON_CHAIN',
      what: 'the registration',
    })
  }
  const { signature } = signPhysicianKey(hospital.realm, { physician: signer.address, receivingKey }, signer)
  await everywhere(hospitals, (place) =>
    place.hospital.client.putPhysicianKey(signer.address, receivingKey, signature),
  )
  return { status: after.status, fingerprint: fingerprint(receivingKey), registration }
}
