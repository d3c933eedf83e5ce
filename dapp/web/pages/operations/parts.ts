import type { Finding } from '../../operations/finding.ts'
import {
  judgeCertificates,
  judgeDevices,
  judgeHospitals,
  judgeIngest,
  judgeIpfs,
  judgeValidator,
} from '../../operations/judge.ts'
import type { Look } from './look.ts'
import { certificates, devices, hospitals, ingest, ipfs, validator } from './looks.ts'

export const PARTS = ['validator', 'ipfs', 'ingest', 'devices', 'hospitals', 'certificates'] as const
export type Part = (typeof PARTS)[number]

interface Watched {
  readonly look: Look<unknown>
  /** How it is; undefined while that was not told. @param now - ms since the Unix epoch */
  readonly judge: (now: number) => Finding | undefined
}

function watched<T>(look: Look<T>, judge: (value: T, now: number) => Finding): Watched {
  return {
    look,
    judge: (now) => (look.value.value === undefined ? undefined : judge(look.value.value, now)),
  }
}

/** What each part of the hospital is judged by. */
export const WATCHED: Readonly<Record<Part, Watched>> = {
  validator: watched(validator, judgeValidator),
  ipfs: watched(ipfs, judgeIpfs),
  ingest: watched(ingest, judgeIngest),
  devices: watched(devices, judgeDevices),
  hospitals: watched(hospitals, judgeHospitals),
  certificates: watched(certificates, judgeCertificates),
}
