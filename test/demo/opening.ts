import { openGrant } from '@hygeia/dapp/physician/open'
import type { Physician } from '@hygeia/dapp/physician/physician'
import { type AlarmState, alarmFromCode } from '@hygeia/protocol/alarm/alarm'
import { channelNamed } from '@hygeia/protocol/channel'
import type { Grant } from '@hygeia/protocol/grant/grant'
import type { Hex32 } from '@hygeia/protocol/ids'
import { toHex } from '@hygeia/protocol/ids'
import type { UnixMs } from '@hygeia/protocol/units'
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

/**
 * Open a grant's data as the physician, and compare every sample with what the chips were given.
 *
 * @throws {Error} at the first difference, and when anything is left over, doubled or not opened
 */
export async function openAndCompare(
  physician: Physician,
  held: { readonly hash: Hex32; readonly grant: Grant },
  range: { readonly from: UnixMs; readonly to: UnixMs },
  expectation: Expectation,
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
  for await (const opened of openGrant(physician, held, range)) {
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
