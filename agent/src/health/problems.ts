import type { DeliveryStatus } from '../delivery/status.ts'
import type { SamplingStatus } from '../workers/messages.ts'
import { recordingText, sumOf } from './recording.ts'

export interface ProblemSources {
  readonly sampling: SamplingStatus | undefined
  readonly delivery: DeliveryStatus | undefined
}

/** Something that its owner should know of, or put right. */
export interface Problem {
  readonly code:
    | 'SENSOR_AWAY'
    | 'ALARM_AWAY'
    | 'LEDS_DOUBTFUL'
    | 'CLOCK_NOT_SET'
    | 'SAMPLES_REFUSED'
    | 'SAMPLING_WAITS'
    | 'HOSPITAL_AWAY'
    | 'PREFERRED_AWAY'
    | 'SPOOL_FILLING'
    | 'RECORDING_LESS'
    | 'BATCHES_REFUSED'
    | 'LABEL_KEYS_END'
    | 'LABEL_KEYS_ENDED'
    | 'JOURNAL_UNREADABLE'
  readonly text: string
}

/** Fewer hours than this until the spool is full are too few to wait with. */
const FEW_HOURS = 24

/** @param warnDays - how many days ahead the end of the label keys is a problem */
export function problemsOf({ sampling, delivery }: ProblemSources, warnDays: number): readonly Problem[] {
  const problems: Problem[] = []
  const add = (code: Problem['code'], text: string) => problems.push({ code, text })

  for (const { name, state, fault } of sampling?.sensors ?? []) {
    if (state === 'away') add('SENSOR_AWAY', `${name} is away${fault === undefined ? '' : ` (${fault})`}`)
  }
  for (const part of sampling?.alarmAway ?? []) add('ALARM_AWAY', `the ${part} at the bed cannot be driven`)
  for (const channel of sampling?.doubtful ?? []) {
    const advice = 'until somebody has looked which is the red one (hygeia-agent scan) there is no SpO2'
    add('LEDS_DOUBTFUL', `the LEDs behind ${channel} look as if they were swapped: ${advice}`)
  }
  if (sampling !== undefined && !sampling.isSynchronised)
    add('CLOCK_NOT_SET', 'the clock has not been set yet')
  if (delivery === undefined) return problems

  const { pipeline, spool, uplink, labelKeys } = delivery
  const refusedSamples = sumOf(pipeline.refused)
  if (refusedSamples > 0) add('SAMPLES_REFUSED', `${refusedSamples} samples could not be kept`)
  if (pipeline.trouble !== undefined) add('SAMPLING_WAITS', `samples have to wait: ${pipeline.trouble}`)
  if (!uplink.isUp)
    add('HOSPITAL_AWAY', `${uplink.hospital} is not reached (${uplink.lastFault ?? 'not yet'})`)
  const [preferred] = uplink.hospitals
  if (preferred !== undefined && preferred.name !== uplink.hospital) {
    add('PREFERRED_AWAY', `${preferred.name} does not answer; batches go to ${uplink.hospital}`)
  }
  if (spool.hoursLeft !== undefined && spool.hoursLeft < FEW_HOURS && spool.bytes > spool.limitBytes / 2) {
    add('SPOOL_FILLING', `the spool is full in ${spool.hoursLeft.toFixed(1)} h`)
  }
  const less = recordingText(spool.recording)
  if (less !== undefined) add('RECORDING_LESS', less)
  if (spool.dead + spool.deadDropped > 0) {
    const reasons = Object.keys(spool.deadByReason).join(', ')
    add('BATCHES_REFUSED', `${spool.dead + spool.deadDropped} batches were refused for ever (${reasons})`)
  }
  if (labelKeys.exhausted.length > 0) {
    add(
      'LABEL_KEYS_ENDED',
      `no label key for this month: ${labelKeys.exhausted.join(', ')} go under their last one`,
    )
  } else if (labelKeys.daysLeft <= warnDays) {
    add('LABEL_KEYS_END', `label keys end in ${labelKeys.daysLeft} days: the patient's app renews them`)
  }
  if (pipeline.journalUnreadable > 0) {
    add('JOURNAL_UNREADABLE', `${pipeline.journalUnreadable} records of the journal could not be read`)
  }
  return problems
}
