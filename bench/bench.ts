import { Bench } from './context.ts'
import { blockInterval, blockIntervalUnderLoad } from './figures/block-interval.ts'
import { bytes } from './figures/bytes.ts'
import { memory } from './figures/memory.ts'
import { openDay } from './figures/open-day.ts'
import { reencryption } from './figures/reencryption.ts'
import { registrations } from './figures/registrations.ts'
import { sendUnderLoad, sendUnloaded } from './figures/send-data.ts'
import { signals } from './figures/signals.ts'
import { start } from './figures/start.ts'
import { sustainedCoap, sustainedMqtt } from './figures/sustained.ts'
import { wear } from './figures/wear.ts'
import { type Programs, run } from './report/programs.ts'
import { GAS_LIMIT, PERIOD_SEC } from './report/published.ts'

/** In this order, because they share one hospital: from nothing in it to a full journal. Limits in seconds. */
const PROGRAMS: Programs<Bench> = {
  bytes: [bytes, 30],
  signals: [signals, 60],
  wear: [wear, 120],
  registrations: [registrations, 180],
  'send-unloaded': [sendUnloaded, 180],
  'block-interval': [blockInterval, 120],
  memory: [memory, 300],
  'sustained-mqtt': [sustainedMqtt, 360],
  'sustained-coap': [sustainedCoap, 300],
  'send-under-load': [sendUnderLoad, 180],
  'open-day': [openDay, 180],
  reencryption: [reencryption, 180],
  'blocks-under-load': [blockIntervalUnderLoad, 30],
  start: [start, 300],
}

await run({
  name: 'bench',
  programs: PROGRAMS,
  share: () => new Bench(),
  setting: `block ${PERIOD_SEC} s, gas limit ${GAS_LIMIT.toLocaleString('en')}, as published`,
})
