import type { Column } from '../batch/batch.ts'
import { type Channel, channelNamed } from '../channel.ts'
import type { Sample } from '../sample.ts'
import type { MonotonicMs } from '../units.ts'
import { ABSENT_HALF, codeOf } from './codes.ts'
import { measured, remarksOn } from './measured.ts'
import type { Component } from './resources.ts'

const SYSTOLIC = channelNamed('systolic')
const DIASTOLIC = channelNamed('diastolic')

/** Whether a channel is exported as a part of the blood pressure panel. */
export function isPressure({ id }: Channel): boolean {
  return id === SYSTOLIC.id || id === DIASTOLIC.id
}

export interface Pressure {
  readonly at: MonotonicMs
  readonly component: readonly [systolic: Component, diastolic: Component]
  readonly remarks: readonly string[]
}

/** Systolic and diastolic of one instant together; a half that is not there is said to be absent. */
export function* pressuresOf(columns: readonly Column[]): Generator<Pressure> {
  const taken = (wanted: Channel) => columns.find(({ channel }) => channel === wanted.name)?.samples ?? []
  const upper = taken(SYSTOLIC)
  const lower = taken(DIASTOLIC)
  let up = 0
  let low = 0
  for (;;) {
    const at = Math.min(upper[up]?.at ?? Infinity, lower[low]?.at ?? Infinity) as MonotonicMs
    if (at === Infinity) return
    const systolic = upper[up]?.at === at ? upper[up++] : undefined
    const diastolic = lower[low]?.at === at ? lower[low++] : undefined
    yield {
      at,
      component: [half(SYSTOLIC, systolic), half(DIASTOLIC, diastolic)],
      remarks: [...remarksOn(SYSTOLIC, systolic), ...remarksOn(DIASTOLIC, diastolic)],
    }
  }
}

function half(channel: Channel, sample: Sample | undefined): Component {
  const said = sample === undefined ? { dataAbsentReason: ABSENT_HALF } : measured(channel, sample)
  return { code: codeOf(channel), ...said }
}
