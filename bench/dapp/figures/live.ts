import { setTimeout as delay } from 'node:timers/promises'
import { encodeBatch } from '@hygeia/protocol/batch/codec'
import { channelNamed } from '@hygeia/protocol/channel'
import type { Sample } from '@hygeia/protocol/sample'
import { MINUTE_MS, type MonotonicMs, SECOND_MS, type UnixMs } from '@hygeia/protocol/units'
import type { FleetDevice } from '../../fleet.ts'
import { openSender } from '../../load/deliver.ts'
import type { Finding } from '../../report/figure.ts'
import { median, quantile } from '../../report/spread.ts'
import { step } from '../../report/step.ts'
import type { DappBench } from '../context.ts'
import { longestTask, rendererSec, seenIn } from '../page.ts'

const READINGS = 60
/** No divisor of anything that the page or the hospital does at steady times. */
const EVERY_MS = 1_130
/** Heart rates that are told apart on screen; the readings before are outside of them. */
const FIRST_RATE = 101
const REST_RATE = 60
const PATIENCE_MS = 5_000

/** From the sealing of a batch to its newest reading on screen, with a week of charts loaded. */
export async function live(bench: DappBench): Promise<Finding> {
  const { device } = await bench.resident()
  const ward = await bench.ward()
  const { visitor, page } = await bench.home()
  await page.getByRole('link', { name: 'Now', exact: true }).click()
  await page.getByText('Live', { exact: true }).waitFor()
  await page.locator('.tile-value').first().waitFor()
  await using sender = await openSender(await ward.target(), device)
  device.renewDataKey()
  const before = await rendererSec(visitor.context)
  const began = await page.evaluate<number>('performance.now()')
  const sealed: { readonly rate: number; readonly at: number }[] = []
  await step(`${READINGS} readings`, async (tell) => {
    for (let index = 0; index < READINGS; index++) {
      const rate = FIRST_RATE + index
      sealed.push({ rate, at: Date.now() })
      sender.device.send(sealReading(device, rate), 0, () => {})
      await delay(EVERY_MS)
      tell(`${index + 1} sent`)
    }
    await delay(PATIENCE_MS)
  })
  if (sender.fault !== undefined) throw sender.fault
  const seen = await seenIn(page)
  const shown = new Map(seen.texts.map(({ value, at }) => [value, at]))
  const delays = sealed.flatMap(({ rate, at }) => {
    const time = shown.get(String(rate))
    return time === undefined ? [] : [(time - at) / 1_000]
  })
  // One that was overtaken by the next was late by more than the time between two.
  const missed = sealed.length - delays.length
  const late = [...delays, ...Array.from({ length: missed }, () => PATIENCE_MS / 1_000)]
  const cpuMs = (1_000 * ((await rendererSec(visitor.context)) - before)) / READINGS
  return {
    figures: [
      {
        name: 'a live reading on screen, p95',
        measured: quantile(late, 0.95),
        unit: 's',
        aim: { atMost: 1.5 },
        note: `median ${median(late).toFixed(3)} s, ${missed} of ${READINGS} never seen; CPU ${cpuMs.toFixed(0)} ms each`,
      },
      {
        name: 'longest task while live',
        measured: longestTask(seen, began),
        unit: 'ms',
        aim: { atMost: 50 },
      },
    ],
  }
}

/** A minute of heart rates whose newest reading is of now. */
function sealReading(device: FleetDevice, rate: number) {
  const from = (Date.now() - MINUTE_MS + SECOND_MS) as UnixMs
  const samples = Array.from({ length: MINUTE_MS / SECOND_MS }, (_, second): Sample => {
    const isLast = second === MINUTE_MS / SECOND_MS - 1
    return {
      channel: channelNamed('heart-rate').name,
      at: (second * SECOND_MS) as MonotonicMs,
      value: isLast ? rate : REST_RATE,
    }
  })
  const time = { boot: device.boot, offsetMs: from, steps: [] }
  return device.seal(
    encodeBatch({ time, columns: [{ channel: channelNamed('heart-rate').name, samples }] }),
    from,
  )
}
