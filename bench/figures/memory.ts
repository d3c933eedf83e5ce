import type { Bench } from '../context.ts'
import { runLoad } from '../load/load.ts'
import type { LoadPlan } from '../load/plan.ts'
import type { Finding } from '../report/figure.ts'
import { step } from '../report/step.ts'
import type { HeldBytes } from '../ward/inspector.ts'
import { scrape } from '../ward/scrape.ts'
import { residentBytes } from '../ward/threads.ts'
import type { Ward } from '../ward/ward.ts'

const DEVICES = 100
const EARLY = 10_000
const LATE = 100_000
const AIM = { atMost: 10 }
const MIB = 1_048_576

interface Look {
  readonly batches: number
  readonly resident: { readonly all: number; readonly own: number }
  readonly held: HeldBytes
}

/** How much the daemon's memory grows between the 10,000th and the 100,000th batch. */
export async function memory(bench: Bench): Promise<Finding> {
  const ward = await bench.ward()
  const first = await lookAt(bench, ward, EARLY)
  const last = await lookAt(bench, ward, LATE)
  const growth = (of: (look: Look) => number) => 100 * (of(last) / of(first) - 1)
  const mib = (of: (look: Look) => number) => `${megabytes(of(first))} to ${megabytes(of(last))} MiB`
  const inUse = ({ held }: Look) => held.heapUsed + held.external
  const note = (of: (look: Look) => number) =>
    `${mib(of)} from batch ${first.batches} to ${last.batches}, at rest`
  return {
    figures: [
      {
        name: 'memory growth, resident',
        measured: growth(({ resident }) => resident.all),
        unit: '%',
        aim: AIM,
        note: note(({ resident }) => resident.all),
      },
      {
        name: 'memory growth, in use after a full collection',
        measured: growth(inUse),
        unit: '%',
        aim: AIM,
        note: note(inUse),
      },
    ],
    remarks: [`resident without mapped files: ${mib(({ resident }) => resident.own)}`],
  }
}

/** Look at the memory once `count` batches were taken; send what is missing. */
async function lookAt(bench: Bench, ward: Ward, count: number): Promise<Look> {
  await reached(bench, ward, count)
  return await step(`memory after the ${count}th batch`, async () => {
    const inspector = await ward.inspector()
    const held = await inspector.heldBytes()
    return { batches: await taken(ward), held, resident: await residentBytes(ward.pid) }
  })
}

/** Send what is missing until the daemon has taken `count` batches since it started. @returns how many it has */
export async function reached(bench: Bench, ward: Ward, count: number): Promise<number> {
  const devices = await step('enrolling the ward', (tell) => ward.enrolled(DEVICES, tell))
  const missing = count - (await taken(ward))
  if (missing > 0) {
    const plan: LoadPlan = {
      door: 'mqtt',
      target: await ward.target(),
      isBare: false,
      devices: devices.map(({ key, labelKeys }) => ({ key, labelKeys })),
      pace: { kind: 'closed', inFlight: 8, unproven: 600, sealed: missing },
      warmUpMs: 0,
      // Until everything is sent.
      measureMs: 600_000,
    }
    await step(`on to the ${count}th batch`, (tell) => runLoad(plan, { signal: bench.signal, tell }))
  }
  return await taken(ward)
}

async function taken(ward: Ward): Promise<number> {
  const metrics = await scrape(ward.hospital.endpoints.api, await ward.hospital.ca())
  return ['mqtt', 'coap'].reduce(
    (sum, door) => sum + (metrics.get(`hygeia_ingest_total{door="${door}",outcome="new"}`) ?? 0),
    0,
  )
}

function megabytes(bytes: number): string {
  return (bytes / MIB).toFixed(0)
}
