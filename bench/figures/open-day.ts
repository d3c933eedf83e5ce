import { openGrant } from '@hygeia/dapp/physician/open'
import { physicianAt } from '@hygeia/dapp/physician/physician'
import { formatLabel, monthOf } from '@hygeia/protocol/label'
import { DAY_MS, MINUTE_MS, type UnixMs } from '@hygeia/protocol/units'
import { visit } from '@hygeia/test/people'
import type { Bench } from '../context.ts'
import { EPOCH_WINDOWS, FleetDevice, nativeSigner } from '../fleet.ts'
import { deliver } from '../load/deliver.ts'
import type { Finding } from '../report/figure.ts'
import { median } from '../report/spread.ts'
import { step } from '../report/step.ts'
import type { Ward } from '../ward/ward.ts'
import { grantedPhysician } from './physician.ts'

/** A day on which no other program has data of this patient. */
const DAYS_BACK = 20
const BATCHES = DAY_MS / MINUTE_MS
const READINGS = 240
const TIMES = 3
const AIM = { atMost: 2 }

/** From asking for a day of four channels at 1 Hz to the last value in clear, as the physician's dapp does it. */
export async function openDay(bench: Bench): Promise<Finding> {
  const ward = await bench.ward()
  const from = (Math.floor((Date.now() - DAYS_BACK * DAY_MS) / DAY_MS) * DAY_MS) as UnixMs
  const to = (from + DAY_MS) as UnixMs
  const { physician, held } = await step(`a day: ${BATCHES} batches, granted to a physician`, (tell) =>
    granted(ward, from, to, tell),
  )
  const times: number[] = []
  for (let time = 0; time < TIMES; time++) {
    // A visit anew each time: nothing that the first learned helps the second.
    const anew = physicianAt(physician.identity, await visit(ward.hospital))
    const began = performance.now()
    let readings = 0
    for await (const opened of openGrant(anew, held, { from, to })) {
      if (opened.fault !== undefined) throw new Error(`not opened: ${opened.fault.code}`)
      for (const { samples } of opened.batch.columns) readings += samples.length
    }
    times.push((performance.now() - began) / 1_000)
    if (readings !== BATCHES * READINGS)
      throw new Error(`${readings} readings instead of ${BATCHES * READINGS}`)
  }
  return {
    figures: [
      {
        name: 'opening a day',
        measured: median(times),
        unit: 's',
        aim: AIM,
        note: `${BATCHES * READINGS} values, ${BATCHES / EPOCH_WINDOWS} capsules; ${times.map((seconds) => seconds.toFixed(2)).join(', ')} s`,
      },
    ],
  }
}

async function granted(ward: Ward, from: UnixMs, to: UnixMs, tell: (how: string) => void) {
  const [device] = await ward.enrolled(1, tell)
  if (device === undefined) throw new Error('no device')
  const fleet = new FleetDevice(ward.known.realm, device.labelKeys, nativeSigner(device.key))
  await deliver(await ward.target(), fleet, fleet.sealMinutes(from, BATCHES))
  const label = formatLabel({ category: 'vitals', month: monthOf(from), generation: 0 })
  return await grantedPhysician(ward, device.patient, [label], from, to)
}
