import type { Bench } from '../context.ts'
import { runLoad } from '../load/load.ts'
import type { LoadPlan } from '../load/plan.ts'
import type { Figure, Finding } from '../report/figure.ts'
import { PUBLISHED } from '../report/published.ts'
import { quantile } from '../report/spread.ts'
import { step } from '../report/step.ts'

const DEVICES = 100
/** Twelve a second for four blocks: at a different phase each. */
const UNLOADED = { devices: 20, perSecond: 11.7, ms: 20_000 }
const HALF_LOAD_MS = 30_000
/** Of the load, until it is steady. */
const WARM_UP_MS = 5_000
const AIM = { p50: 3, p99: 5.5 }

/** From sealing on the device to the receipt that it has verified, with nothing else to do for the hospital. */
export async function sendUnloaded(bench: Bench): Promise<Finding> {
  const latencies = await latenciesOf(bench, 'mqtt', UNLOADED.devices, UNLOADED.perSecond, UNLOADED.ms)
  const coap = await latenciesOf(bench, 'coap', UNLOADED.devices, UNLOADED.perSecond, UNLOADED.ms)
  return {
    figures: [...lines('send data, unloaded, MQTT', latencies), ...lines('send data, unloaded, CoAP', coap)],
  }
}

/** The same at half of the rate that was sustained: every batch of the load is timed. */
export async function sendUnderLoad(bench: Bench): Promise<Finding> {
  const figures: Figure[] = []
  for (const door of ['mqtt', 'coap'] as const) {
    const sustained = bench.sustained.get(door)
    if (sustained === undefined) continue
    const perSecond = sustained / 2
    const latencies = await latenciesOf(bench, door, DEVICES, perSecond, HALF_LOAD_MS)
    const name = door === 'mqtt' ? 'MQTT' : 'CoAP'
    figures.push(...lines(`send data, at ${Math.round(perSecond)}/s, ${name}`, latencies))
  }
  if (figures.length === 0) throw new Error('measure sustained-mqtt or sustained-coap first, in the same run')
  return { figures }
}

async function latenciesOf(
  bench: Bench,
  door: 'mqtt' | 'coap',
  count: number,
  perSecond: number,
  measureMs: number,
): Promise<readonly number[]> {
  const ward = await bench.ward()
  const devices = await step('enrolling the ward', (tell) => ward.enrolled(count, tell))
  const plan: LoadPlan = {
    door,
    target: await ward.target(),
    isBare: false,
    devices: devices.map(({ key, labelKeys }) => ({ key, labelKeys })),
    pace: { kind: 'paced', perSecond },
    warmUpMs: WARM_UP_MS,
    measureMs,
  }
  const { signal } = bench
  const label = `${Math.round(perSecond)} batches a second from ${count} devices over ${door.toUpperCase()}`
  const { latenciesMs, sent, receipted } = await step(label, (tell) => runLoad(plan, { signal, tell }))
  if (receipted < sent) throw new Error(`${sent - receipted} of ${sent} batches never had a receipt`)
  return latenciesMs
}

function lines(name: string, latenciesMs: readonly number[]): readonly Figure[] {
  const seconds = (share: number) => quantile(latenciesMs, share) / 1_000
  return [
    {
      name: `${name}, p50`,
      measured: seconds(0.5),
      unit: 's',
      aim: { atMost: AIM.p50 },
      published: PUBLISHED.sendData,
      note: `${latenciesMs.length} batches, sealed to receipt verified`,
    },
    { name: `${name}, p99`, measured: seconds(0.99), unit: 's', aim: { atMost: AIM.p99 } },
  ]
}
