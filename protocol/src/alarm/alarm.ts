import { CHANNELS, type Channel, type ChannelName, channelNamed } from '../channel.ts'
import { PARAMETERS, type Parameter } from '../news2/observations.ts'

/** After IEC 60601-1-8, lowest first. Order is the number on the wire, from 1 on. */
export const ALARM_PRIORITIES = ['low', 'medium', 'high'] as const
export type AlarmPriority = (typeof ALARM_PRIORITIES)[number]

/** What of a channel an alarm is about. Order is the number on the wire. */
export const CHANNEL_ALARMS = ['low', 'high', 'no-data', 'probe-off'] as const
export type ChannelAlarm = (typeof CHANNEL_ALARMS)[number]

/** What an alarm is about: the patient called, the early warning score, three points in one of its parameters, or one channel. */
export type AlarmCause =
  | { readonly kind: 'call' }
  | { readonly kind: 'news2' }
  | { readonly kind: 'three'; readonly parameter: Parameter }
  | { readonly kind: ChannelAlarm; readonly channel: ChannelName }

/** `technical` is about the equipment, `clinical` about the patient; they sound different. */
export type AlarmClass = 'clinical' | 'technical'

export function classOf({ kind }: AlarmCause): AlarmClass {
  return kind === 'no-data' || kind === 'probe-off' ? 'technical' : 'clinical'
}

/** An alarm at the instant at which something about it changed. */
export interface AlarmState {
  readonly cause: AlarmCause
  /** None: the episode ended. */
  readonly priority: AlarmPriority | undefined
  /** Somebody acknowledged this episode, and it is silent for a while. */
  readonly isAcknowledged: boolean
}

const CALL = 1
const NEWS2 = 2
const THREE_BASE = 3
const CHANNEL_BASE = 16
/** Of the priority, and then of whether it is acknowledged. */
const PRIORITY_BASE = 4
const STATE_BASE = 2 * PRIORITY_BASE

/** Name of the cause, for status and commands: `news2`, `news2:pulse`, `spo2:low`. */
export function causeName(cause: AlarmCause): string {
  if ('parameter' in cause) return `news2:${cause.parameter}`
  return 'channel' in cause ? `${cause.channel}:${cause.kind}` : cause.kind
}

/** The state as a value of the channel `alarm`. */
export function alarmToCode({ cause, priority, isAcknowledged }: AlarmState): number {
  const rank = priority === undefined ? 0 : ALARM_PRIORITIES.indexOf(priority) + 1
  return numberOf(cause) * STATE_BASE + (isAcknowledged ? PRIORITY_BASE : 0) + rank
}

/** @returns undefined when `code` is none */
export function alarmFromCode(code: number): AlarmState | undefined {
  if (!Number.isSafeInteger(code) || code < 0) return undefined
  const cause = causeOf(Math.floor(code / STATE_BASE))
  if (cause === undefined) return undefined
  const priority = ALARM_PRIORITIES[(code % PRIORITY_BASE) - 1]
  return { cause, priority, isAcknowledged: code % STATE_BASE >= PRIORITY_BASE }
}

function numberOf(cause: AlarmCause): number {
  if ('parameter' in cause) return THREE_BASE + PARAMETERS.indexOf(cause.parameter)
  if (!('channel' in cause)) return cause.kind === 'call' ? CALL : NEWS2
  const place = CHANNEL_ALARMS.indexOf(cause.kind)
  return CHANNEL_BASE + channelNamed(cause.channel).id * CHANNEL_ALARMS.length + place
}

const byId = new Map<number, Channel>(CHANNELS.map((channel) => [channel.id, channel]))

function causeOf(number: number): AlarmCause | undefined {
  if (number === CALL) return { kind: 'call' }
  if (number === NEWS2) return { kind: 'news2' }
  const parameter = PARAMETERS[number - THREE_BASE]
  if (parameter !== undefined) return { kind: 'three', parameter }
  const channel = byId.get(Math.floor((number - CHANNEL_BASE) / CHANNEL_ALARMS.length))
  const kind = CHANNEL_ALARMS[(number - CHANNEL_BASE) % CHANNEL_ALARMS.length]
  return channel === undefined || kind === undefined ? undefined : { kind, channel: channel.name }
}
