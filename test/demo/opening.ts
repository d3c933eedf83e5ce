import { HospitalError } from '@hygeia/dapp/hospital/errors'
import { checkPhysician, type Granted, giveGrant, labelsOf } from '@hygeia/dapp/patient/grant'
import type { Patient } from '@hygeia/dapp/patient/patient'
import { PhysicianError } from '@hygeia/dapp/physician/errors'
import { type OpenOptions, openGrant } from '@hygeia/dapp/physician/open'
import type { Physician } from '@hygeia/dapp/physician/physician'
import { type AlarmState, alarmFromCode } from '@hygeia/protocol/alarm/alarm'
import { type Category, channelNamed } from '@hygeia/protocol/channel'
import type { Grant } from '@hygeia/protocol/grant/grant'
import type { Hex32 } from '@hygeia/protocol/ids'
import { toHex } from '@hygeia/protocol/ids'
import { DAY_MS, type UnixMs } from '@hygeia/protocol/units'
import type { Span } from '../support/arrivals.ts'
import type { Expectation } from './compare.ts'
import { count, Progress } from './terminal.ts'

export interface Compared {
  readonly batches: number
  readonly capsules: number
  /** Values that equal the recording. */
  readonly equal: number
  readonly expected: number
  readonly equalByChannel: Readonly<Record<string, number>>
  /** Minutes without a value that are without one here too, with the same reason. */
  readonly missing: number
  readonly missingByReason: Readonly<Record<string, number>>
  /** Alarms that the bedside raised. */
  readonly alarms: number
  readonly elapsedMs: number
}

/** Made at the bed from the readings: no chip was given it. */
const ALARM = channelNamed('alarm').name
const isRaised = (state: AlarmState | undefined) => state?.priority !== undefined && !state.isAcknowledged

/** Let a physician open the vital signs and alerts, or what is told, of a span of time, for a day from now. */
export async function grantSpan(
  patient: Patient,
  physician: Physician,
  { from, to }: Span,
  categories: readonly Category[] = ['vitals', 'alert'],
): Promise<Granted> {
  const data = { dataFrom: from, dataTo: to }
  return giveGrant(patient, {
    physician: await checkPhysician(patient, physician.identity.signer.address),
    labels: labelsOf(patient.state.generations, data, categories),
    ...data,
    accessTo: (Date.now() + DAY_MS) as UnixMs,
  })
}

/** Ask for what must not be opened. @returns why it is not @throws {Error} when it is */
export async function refusalOf(
  physician: Physician,
  held: { readonly hash: Hex32; readonly grant: Grant },
  range: Span,
): Promise<string> {
  try {
    for await (const { cid } of openGrant(physician, held, range)) throw new Error(`${cid} was given out`)
  } catch (cause) {
    if (cause instanceof HospitalError && cause.detail.code === 'REFUSED') return cause.detail.problem
    if (cause instanceof PhysicianError && cause.detail.code === 'TOO_FEW_PROXIES') return cause.message
    throw cause
  }
  throw new Error('nothing was refused')
}

/**
 * Open a grant's data as the physician, and compare every sample with what the chips were given.
 *
 * @throws {Error} at the first difference, and when anything is left over, doubled or not opened
 */
export async function openAndCompare(
  physician: Physician,
  held: { readonly hash: Hex32; readonly grant: Grant },
  range: Span,
  expectation: Expectation,
  options: OpenOptions = {},
): Promise<Compared> {
  const progress = new Progress('the physician opens and compares')
  const started = performance.now()
  const expected = expectation.size
  const capsules = new Set<string>()
  const missingByReason: Record<string, number> = {}
  const equalByChannel: Record<string, number> = {}
  let batches = 0
  let equal = 0
  let missing = 0
  let alarms = 0
  for await (const opened of openGrant(physician, held, range, options)) {
    if (opened.fault !== undefined) throw new Error(`a batch was not opened: ${opened.fault.code}`)
    batches++
    capsules.add(toHex(opened.header.capsule))
    for (const { channel, samples } of opened.batch.columns) {
      if (channel === ALARM) {
        alarms += samples.filter(({ value = 0 }) => isRaised(alarmFromCode(value))).length
        continue
      }
      for (const sample of samples) {
        const at = (sample.at + opened.offsetMs) as UnixMs
        const wanted = expectation.take(opened.header.device, channel, at)
        const got = sample.value ?? sample.missing
        if (got !== wanted) {
          throw new Error(
            `${channel} at ${new Date(at).toISOString()} is ${got}, recorded ${wanted ?? 'nothing'}`,
          )
        }
        if (sample.value !== undefined) {
          equal++
          equalByChannel[channel] = (equalByChannel[channel] ?? 0) + 1
        } else {
          missing++
          missingByReason[sample.missing] = (missingByReason[sample.missing] ?? 0) + 1
        }
      }
    }
    progress.update((equal + missing) / Math.max(1, expected), `${count(equal + missing)} samples`)
  }
  if (expectation.size > 0)
    throw new Error(`${expectation.size} recorded minutes did not reach the physician`)
  const elapsedMs = performance.now() - started
  progress.end(`${count(batches)} batches, ${count(capsules.size)} capsules re-encrypted`)
  return {
    batches,
    capsules: capsules.size,
    equal,
    equalByChannel,
    expected: expected - missing,
    missing,
    missingByReason,
    alarms,
    elapsedMs,
  }
}
