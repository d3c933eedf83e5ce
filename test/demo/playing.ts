import { setTimeout as delay } from 'node:timers/promises'
import type { AgentStatus } from '@hygeia/agent/health/status'
import type { Span } from '../support/arrivals.ts'
import type { DeviceProcess } from '../support/device.ts'
import { count, Progress } from './terminal.ts'

export interface Playing {
  /** Of the recording. */
  readonly span: Span
  /** The devices must be done by then. */
  readonly limitMs: number
  /** Done once, when half of it was played. @returns what was done */
  readonly halfWay?: () => Promise<string>
}

const LOOK_MS = 500

/** Run the agents until the recording has ended and every receipt is in. @returns how each said it was at its end */
export async function play(
  label: string,
  devices: readonly DeviceProcess[],
  { span: { from, to }, limitMs, halfWay }: Playing,
): Promise<readonly AgentStatus[]> {
  const progress = new Progress(label)
  const deadline = performance.now() + limitMs
  for (const device of devices) device.start()
  let isHalfWay = false
  for (;;) {
    const statuses = (await Promise.all(devices.map((device) => device.status()))).filter(
      (one) => one !== undefined,
    )
    const shares = statuses.map(({ sampling }) => ((sampling?.atUnixMs ?? from) - from) / (to - from))
    const receipts = statuses.reduce((sum, { delivery }) => sum + (delivery?.receipts.count ?? 0), 0)
    if (shares.length > 0) progress.update(Math.min(...shares), `${count(receipts)} receipts`)
    if (!isHalfWay && shares.length === devices.length && Math.min(...shares) >= 0.5) {
      isHalfWay = true
      if (halfWay !== undefined) progress.say(await halfWay())
    }
    if (devices.every(({ process }) => !process.isRunning)) break
    if (performance.now() > deadline) {
      for (const { process } of devices) await process.kill()
      throw new Error(
        `the agents were not done after ${limitMs / 1_000} s:\n${await devices[0]?.process.tail()}`,
      )
    }
    await delay(LOOK_MS)
  }
  for (const device of devices) {
    const outcome = await device.process.ended
    if (outcome !== 0) throw new Error(`an agent ended with ${outcome}:\n${await device.process.tail()}`)
  }
  const last = await Promise.all(devices.map((device) => device.status()))
  const statuses = last.filter((one) => one !== undefined)
  const receipts = statuses.reduce((sum, { delivery }) => sum + (delivery?.receipts.count ?? 0), 0)
  progress.end(`${count(receipts)} receipts verified by the devices`)
  return statuses
}
