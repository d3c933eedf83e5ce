import type { Bench } from '../context.ts'
import type { Figure, Finding } from '../report/figure.ts'
import { PUBLISHED } from '../report/published.ts'
import { quantile } from '../report/spread.ts'
import { step } from '../report/step.ts'

/** Devices that the other programs need as well. */
const DEVICES = 100
const AIM = { atMost: 5.5 }

/** How long patients, physicians and devices take from a signature to a final transaction, through the API. */
export async function registrations(bench: Bench): Promise<Finding> {
  const ward = await bench.ward()
  await step('registering a ward, at every phase of a block', (tell) => ward.enrolled(DEVICES, tell))
  const { patient, physician, device } = ward.registrations
  return {
    figures: [
      ...lines('physician registration', physician, PUBLISHED.physicianRegistration),
      ...lines('patient registration', patient, PUBLISHED.patientRegistration),
      ...lines('device registration', device, PUBLISHED.deviceRegistration),
    ],
  }
}

function lines(name: string, seconds: readonly number[], published: number): readonly Figure[] {
  return [
    { name: `${name}, p50`, measured: quantile(seconds, 0.5), unit: 's', published },
    {
      name: `${name}, p99`,
      measured: quantile(seconds, 0.99),
      unit: 's',
      aim: AIM,
      note: `${seconds.length} of them, signed to final`,
    },
  ]
}
