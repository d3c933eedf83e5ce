import type { Finding } from '../../report/figure.ts'
import { PERIOD_SEC, PUBLISHED } from '../../report/published.ts'
import { quantile } from '../../report/spread.ts'
import type { ConsortiumBench } from '../context.ts'
import { loaded } from '../trio/load.ts'

/** What three hospitals are to carry. */
const PER_SECOND = 200
const MEASURE_MS = 60_000
const AIM = { atMost: 2 * PERIOD_SEC + 1 }

/** From sealing on the device to the receipt that it has verified, at the rate that is asked of a consortium. */
export async function sendData(bench: ConsortiumBench): Promise<Finding> {
  const trio = await bench.trio()
  const pace = { kind: 'paced', perSecond: PER_SECOND } as const
  const label = `${PER_SECOND} batches a second to three hospitals`
  const { load, remark } = await loaded(bench, trio, { pace, measureMs: MEASURE_MS, label })
  const { latenciesMs, sent, receipted } = load
  if (receipted < sent) throw new Error(`${sent - receipted} of ${sent} batches never had a receipt`)
  const seconds = (share: number) => quantile(latenciesMs, share) / 1_000
  const name = `send data at ${PER_SECOND}/s to three hospitals`
  return {
    figures: [
      {
        name: `${name}, p50`,
        measured: seconds(0.5),
        unit: 's',
        published: PUBLISHED.sendData,
        note: `${latenciesMs.length} batches, sealed to receipt verified`,
      },
      { name: `${name}, p99`, measured: seconds(0.99), unit: 's', aim: AIM },
    ],
    remarks: [`at ${PER_SECOND}/s: ${remark}`],
  }
}
