import { alarmFromCode, causeName } from '../alarm/alarm.ts'
import type { Channel } from '../channel.ts'
import { BREATHES, CONSCIOUSNESS, PARAMETERS } from '../news2/observations.ts'
import { type Score, scoreFromCode, scoreText } from '../news2/score.ts'
import type { Sample } from '../sample.ts'
import { SEVERITY_LIMIT, symptomFromCode } from '../symptom/symptom.ts'
import { unknown } from './codes.ts'
import type { Component, Measured } from './resources.ts'

/** What a number stands for. */
export interface Meant extends Measured {
  readonly component?: readonly Component[]
}

/** What the number of a channel without a unit means; undefined when it is a number, is missing, or means nothing. */
export function meaningOf({ name }: Channel, { value }: Sample): Meant | undefined {
  if (value === undefined) return undefined
  switch (name as string) {
    case 'consciousness':
      return worded(CONSCIOUSNESS[value])
    case 'oxygen':
      return worded(BREATHES[value])
    case 'symptom': {
      const said = symptomFromCode(value)
      return worded(said && `${said.symptom}: ${said.severity} of ${SEVERITY_LIMIT}`)
    }
    case 'alarm': {
      const state = alarmFromCode(value)
      if (state === undefined) return undefined
      const { cause, priority = 'ended', isAcknowledged } = state
      return worded(`${causeName(cause)}: ${priority}${isAcknowledged ? ', acknowledged' : ''}`)
    }
    case 'news2': {
      const score = scoreFromCode(value)
      return score === undefined ? undefined : scored(score)
    }
  }
  return undefined
}

function worded(text: string | undefined): Meant | undefined {
  return text === undefined ? undefined : { valueCodeableConcept: { text } }
}

/** An incomplete score is none: what is known of it stands in the reason and in the components. */
function scored(score: Score): Meant {
  const { risk, atLeast, points } = score
  const component = PARAMETERS.map((parameter) => {
    const known = points[parameter]
    const code = { text: parameter }
    return known === undefined
      ? { code, dataAbsentReason: unknown('not known') }
      : { code, valueInteger: known }
  })
  if (risk === undefined) return { dataAbsentReason: unknown(`incomplete: ${scoreText(score)}`), component }
  const clinical = { code: { text: 'clinical risk' }, valueCodeableConcept: { text: risk } }
  return { valueInteger: atLeast, component: [...component, clinical] }
}
