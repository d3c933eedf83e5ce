import type { Bench } from '../context.ts'
import { runLoad } from '../load/load.ts'
import type { LoadPlan, LoadResult } from '../load/plan.ts'
import type { Figure, Finding } from '../report/figure.ts'
import { PUBLISHED } from '../report/published.ts'
import { quantile } from '../report/spread.ts'
import { step } from '../report/step.ts'
import { Observer } from '../ward/observer.ts'
import type { Ward } from '../ward/ward.ts'
import { bareRates } from './bare-brokers.ts'

const DEVICES = 100
const WARM_UP_MS = 10_000
const MEASURE_MS = 60_000
/** More than anything here takes: the load must not run dry. */
const SEALED = { mqtt: 560_000, coap: 150_000 } as const
const IN_FLIGHT = { mqtt: 8, coap: 4 } as const
/** Of one device: eight seconds of what is reached at best. Above that, what waits would only grow. */
const UNPROVEN = { mqtt: 400, coap: 150 } as const
const AIM = { mqtt: 1_000, coap: 500 } as const
const NAME = { mqtt: 'MQTT over TLS', coap: 'CoAP' } as const

/** Batches a second that are journaled, anchored and proven to their devices, for a minute. */
export async function sustainedMqtt(bench: Bench): Promise<Finding> {
  const ward = await bench.ward()
  const bare = await bareRates(bench, ward)
  const { finding, rate } = await sustained(bench, ward, 'mqtt')
  const ratios = bare.rates.map(({ name, perSecond }): Figure => {
    return { name: `  of ${name}`, measured: (100 * rate) / perSecond, unit: '%' }
  })
  return {
    figures: [...finding.figures, ...ratios],
    remarks: [...(finding.remarks ?? []), ...bare.remarks],
  }
}

export async function sustainedCoap(bench: Bench): Promise<Finding> {
  return (await sustained(bench, await bench.ward(), 'coap')).finding
}

async function sustained(
  bench: Bench,
  ward: Ward,
  door: 'mqtt' | 'coap',
): Promise<{ readonly finding: Finding; readonly rate: number }> {
  const devices = await step('enrolling the ward', (tell) => ward.enrolled(DEVICES, tell))
  const observer = await Observer.of(ward)
  const plan: LoadPlan = {
    door,
    target: await ward.target(),
    isBare: false,
    devices: devices.map(({ key, labelKeys }) => ({ key, labelKeys })),
    pace: { kind: 'closed', inFlight: IN_FLIGHT[door], unproven: UNPROVEN[door], sealed: SEALED[door] },
    warmUpMs: WARM_UP_MS,
    measureMs: MEASURE_MS,
  }
  const { signal } = bench
  const { onWindow } = observer
  const result = await step(`${NAME[door]}: 100 devices for 70 s`, (tell) =>
    runLoad(plan, { signal, tell, onWindow }),
  )
  const { window } = result
  const rate = (window.receipted / window.ms) * 1_000
  bench.sustained.set(door, rate)
  return {
    rate,
    finding: {
      figures: [
        {
          name: `sustained and anchored, ${NAME[door]}`,
          measured: rate,
          unit: '/s',
          aim: { atLeast: AIM[door] },
          published: PUBLISHED.tps,
          note: `${window.receipted} receipts verified in ${(window.ms / 1_000).toFixed(0)} s, ${(result.blockBytes / result.sent).toFixed(0)} bytes each`,
        },
      ],
      remarks: [
        `${NAME[door]}: ${completeness(result)}`,
        `${NAME[door]}: answered after ${quantile(result.ackMs, 0.5).toFixed(1)} ms (p50), ${quantile(result.ackMs, 0.99).toFixed(1)} ms (p99); ` +
          `generator sealed ${Math.round(result.sealed / (result.sealMs / 1_000))}/s beforehand, its event loop p99 ${result.loopDelayMs.p99.toFixed(1)} ms`,
        ...(await observer.remarks(result.cpuSec / (window.ms / 1_000))).map(
          (line) => `${NAME[door]}: ${line}`,
        ),
      ],
    },
  }
}

function completeness({ sent, receipted, refused, busy, forged, drainMs, repeats }: LoadResult): string {
  const again = repeats === 0 ? '' : `, ${repeats} datagrams sent again`
  return (
    `${sent} sent, ${receipted} proven, ${refused} refused, ${busy} told to come back, ${forged} forged${again}; ` +
    `the last receipt ${(drainMs / 1_000).toFixed(1)} s after the last batch`
  )
}
