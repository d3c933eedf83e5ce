import { randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { BUTTON_LINE } from '@hygeia/test/pi/counted-chips'
import { until } from '@hygeia/test/until'
import type { Figure, Finding } from '../../report/figure.ts'
import { median, quantile } from '../../report/spread.ts'
import { step } from '../../report/step.ts'
import { ACKNOWLEDGE_LINE, type Bed, BUZZER_LINE, WIRED } from '../bed.ts'
import type { PiBench } from '../context.ts'
import { Lateness } from '../lateness.ts'
import { Relay } from '../relay.ts'

const PRESSES = 50
/** How long a finger stays on a button. */
const HELD_MS = 150
/** A sealed batch is larger than this, and what else a device that has nothing to send says is smaller. */
const BATCH_BYTES = 250
const QUIET_MS = 400
const SPREAD_MS = 300
const PRESS_LIMIT_MS = 10_000
/** Nothing but alerts is on its way. */
const LONG_WINDOW_MS = 3_600_000

interface Latency {
  readonly buzzerMs: number
  readonly wireMs: number
}

/** From a press of the patient's button to the sound at the bed, and to the alert on its way to the hospital. */
export async function button(bench: PiBench): Promise<Finding> {
  const bed = await bench.bed()
  const { hostname, port } = new URL(bed.scene.hospital.endpoints.mqtt)
  await using relay = await Relay.listen(bed.network.address, { host: hostname, port: Number(port) })
  await bed.run({
    ...WIRED,
    alerts: { buzzer: { line: BUZZER_LINE }, acknowledge: { line: ACKNOWLEDGE_LINE } },
    batch: { windowMs: { vitals: LONG_WINDOW_MS } },
    uplink: { ...WIRED.uplink, url: `mqtts://${bed.network.address}:${relay.port}` },
  })
  await bed.bedside.until('it reached the hospital', ({ delivery }) => delivery?.uplink.isUp === true)
  using lateness = new Lateness()
  const latencies = await step(`${PRESSES} presses`, async (tell) => {
    const all: Latency[] = []
    for (let press = 0; press < PRESSES; press++) {
      all.push(await pressed(bed, relay))
      tell(`${press + 1} of ${PRESSES}`)
    }
    return all
  })
  await bed.checkAlive()
  const figure = (name: string, ms: readonly number[], atMost: number): Figure => ({
    name: `${name}, p99`,
    measured: quantile(ms, 0.99),
    unit: 'ms',
    aim: { atMost },
    note: `of ${PRESSES} presses, median ${median(ms).toFixed(0)} ms`,
  })
  const buzzer = latencies.map(({ buzzerMs }) => buzzerMs)
  const wire = latencies.map(({ wireMs }) => wireMs)
  return {
    figures: [
      figure('button press to buzzer', buzzer, 100),
      figure('button press to durable and on the wire', wire, 200),
    ],
    remarks: [
      'a press counts from outside the machine: up to 4 ms each until its pin moves and until its buzzer is seen, and 30 ms of debounce, are in both',
      `presses: ${lateness.note}`,
    ],
  }
}

/** Press once, and acknowledge, so that the next one is heard anew. */
async function pressed({ chips: { gpio } }: Bed, relay: Relay): Promise<Latency> {
  await quiet(relay)
  await delay(randomInt(SPREAD_MS))
  let buzzedAt: number | undefined
  using _ = gpio.listen(BUZZER_LINE, (level) => {
    if (level === 1) buzzedAt ??= performance.now()
  })
  const at = performance.now()
  gpio.drive(BUTTON_LINE, 0)
  const sent = () => relay.chunks.find((chunk) => chunk.at > at && chunk.bytes > BATCH_BYTES)
  await until('the buzzer sounds', async () => buzzedAt !== undefined, PRESS_LIMIT_MS)
  const batch = await until('the alert is on the wire', async () => sent(), PRESS_LIMIT_MS)
  await delay(Math.max(0, at + HELD_MS - performance.now()))
  gpio.drive(BUTTON_LINE, 1)
  gpio.drive(ACKNOWLEDGE_LINE, 0)
  await delay(HELD_MS)
  gpio.drive(ACKNOWLEDGE_LINE, 1)
  return { buzzerMs: (buzzedAt ?? Number.NaN) - at, wireMs: batch.at - at }
}

/** Wait until no batch is on its way any more. */
async function quiet({ chunks }: Relay): Promise<void> {
  const from = performance.now()
  const isQuiet = async () => {
    const last = chunks.findLast(({ bytes }) => bytes > BATCH_BYTES)
    return performance.now() - Math.max(from, last?.at ?? 0) > QUIET_MS
  }
  await until('nothing is on its way', isQuiet, PRESS_LIMIT_MS)
}
