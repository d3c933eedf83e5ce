import { abi } from '@hygeia/contracts/directory'
import { addressOf, type Hex32, type Incarnation } from '@hygeia/protocol/ids'
import { Interface } from 'ethers'
import type { Entry, People } from './people.ts'

/** A log of the Directory, as JSON-RPC gives it. */
export interface DirectoryLog {
  readonly topics: readonly string[]
  readonly data: string
}

const contract = new Interface(abi)

/** What one event changes, given what is known so far; undefined for events that this view does not hold. */
export function changeOf({ topics, data }: DirectoryLog, people: People): Entry | undefined {
  const log = contract.parseLog({ topics: [...topics], data })
  if (log === null) return undefined
  const address = () => addressOf(String(log.args[0]))
  switch (log.name) {
    case 'PatientRegistered':
      return { kind: 'patient', address: address(), entry: { status: 'registered' } }
    case 'PhysicianRegistered': {
      const keyDigest = String(log.args[1]).toLowerCase() as Hex32
      return { kind: 'physician', address: address(), entry: { status: 'registered', keyDigest } }
    }
    case 'PhysicianAdmitted':
    case 'PhysicianReinstated':
    case 'PhysicianSuspended': {
      const held = people.physician(address())
      if (held === undefined) throw new Error('a physician changes who never registered')
      const status = log.name === 'PhysicianSuspended' ? 'suspended' : 'active'
      return { kind: 'physician', address: address(), entry: { ...held, status } }
    }
    case 'DeviceBound': {
      const patient = addressOf(String(log.args[1]))
      return { kind: 'device', address: address(), entry: { status: 'bound', patient } }
    }
    case 'DeviceSuspended': {
      const patient = addressOf(String(log.args[1]))
      const incarnation = String(log.args[2]).toLowerCase() as Incarnation
      // A patient may write any number of 64 bits; no device gets beyond 53.
      const lastSequence = Math.min(Number(log.args[3]), Number.MAX_SAFE_INTEGER)
      const entry = { status: 'suspended', patient, incarnation, lastSequence } as const
      return { kind: 'device', address: address(), entry }
    }
    default:
      return undefined
  }
}
