import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type BareBroker, bareAedes } from '../bare/brokers.ts'
import type { Bench } from '../context.ts'
import { runLoad } from '../load/load.ts'
import type { LoadPlan } from '../load/plan.ts'
import { step } from '../report/step.ts'
import type { Ward } from '../ward/ward.ts'

const DEVICES = 100
const WARM_UP_MS = 3_000
const MEASURE_MS = 8_000
/** Sent over and over. */
const SEALED = 10_000

export interface BareRates {
  readonly rates: readonly { readonly name: string; readonly perSecond: number }[]
  readonly remarks: readonly string[]
}

/** What a broker takes that does nothing but keep each message, from the same generator, while the hospital rests. */
export async function bareRates(bench: Bench, ward: Ward): Promise<BareRates> {
  const devices = await step('enrolling the ward', (tell) => ward.enrolled(DEVICES, tell))
  const dir = join(ward.hospital.dir, 'bare')
  await mkdir(dir, { recursive: true })
  const keys = join(ward.hospital.dir, 'keys')
  const files = { dir, keyFile: join(keys, 'tls-key.pem'), certFile: join(keys, 'tls.pem') }
  const target = await ward.target()
  const rateOf = async (name: string, broker: BareBroker) => {
    await using _ = broker
    const plan: LoadPlan = {
      door: 'mqtt',
      target: { ...target, mqtt: broker.url },
      isBare: true,
      devices: devices.map(({ key, labelKeys }) => ({ key, labelKeys })),
      pace: { kind: 'closed', inFlight: 8, unproven: 600, sealed: SEALED },
      warmUpMs: WARM_UP_MS,
      measureMs: MEASURE_MS,
    }
    const { window } = await step(`${name}, for comparison`, (tell) =>
      runLoad(plan, { signal: bench.signal, tell }),
    )
    return { name, perSecond: (window.answered / window.ms) * 1_000 }
  }
  const rates = [await rateOf('bare aedes with a sync per message', await bareAedes(files))]
  const remarks = rates.map(({ name, perSecond }) => `${name}: ${Math.round(perSecond)}/s`)
  return { rates, remarks }
}
