import type { AlarmPriority } from '@hygeia/protocol/alarm/alarm'
import { channelNamed } from '@hygeia/protocol/channel'
import { BREATHES, CONSCIOUSNESS, type Parameter } from '@hygeia/protocol/news2/observations'
import * as z from 'zod'

const within = (name: string) => {
  const { min, max } = channelNamed(name)
  return z.number().min(min).max(max)
}

/** What somebody saw of the patient or measured by other means. */
export const Entry = z
  .strictObject({
    systolic: within('systolic').optional(),
    diastolic: within('diastolic').optional(),
    consciousness: z.enum(CONSCIOUSNESS).optional(),
    oxygen: z.enum(BREATHES).optional(),
  })
  .refine((entry) => Object.values(entry).some((value) => value !== undefined), 'nothing is entered')
  .refine(
    ({ systolic = Number.POSITIVE_INFINITY, diastolic = 0 }) => diastolic < systolic,
    'diastolic is not below systolic',
  )
export type Entry = z.infer<typeof Entry>

/** What a running agent can be asked at its socket. */
export const ControlRequest = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('enter'), entry: Entry }),
  z.strictObject({ kind: z.literal('acknowledge'), alarm: z.string().max(64).optional() }),
  z.strictObject({ kind: z.literal('alarms') }),
])
export type ControlRequest = z.infer<typeof ControlRequest>

/** An alarm that is on, as a command shows it. */
export interface AlarmView {
  readonly name: string
  readonly priority: AlarmPriority
  readonly isTechnical: boolean
  readonly forMs: number
  /** How much longer it is silent; nothing when it sounds. */
  readonly silentForMs: number | undefined
}

export interface AlarmsView {
  readonly alarms: readonly AlarmView[]
  readonly news2:
    | {
        /** `5`, or `≥ 3 (4 of 7)`. */
        readonly text: string
        readonly risk: string | undefined
        readonly points: Readonly<Record<Parameter, number | undefined>>
      }
    | undefined
}

export type ControlAnswer =
  | { readonly ok: true; readonly kind: 'entered' }
  | { readonly ok: true; readonly kind: 'acknowledged'; readonly silenced: readonly string[] }
  | { readonly ok: true; readonly kind: 'alarms'; readonly view: AlarmsView }
  /** Refused by name, with a line for whoever asked. */
  | {
      readonly ok: false
      readonly fault: 'MALFORMED' | 'TOO_LARGE' | 'NOT_READY' | 'NO_SUCH_ALARM'
      readonly message: string
    }
