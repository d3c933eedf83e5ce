import type { Finding } from '../../report/figure.ts'
import { PUBLISHED } from '../../report/published.ts'
import { step } from '../../report/step.ts'
import type { ConsortiumBench } from '../context.ts'
import { loaded, type TrioResult } from '../trio/load.ts'

const TIMES = 3
const MEASURE_MS = 60_000
/** More than two cores that run everything take. */
const SEALED = 60_000
const AIM = { atLeast: 200 }

/** Batches a second that three hospitals journal, anchor, hold for each other and prove to their devices. */
export async function sustained(bench: ConsortiumBench): Promise<Finding> {
  const trio = await bench.trio()
  const results: TrioResult[] = []
  for (let time = 1; time <= TIMES; time++) {
    const label = `everything that three hospitals take, ${time} of ${TIMES}`
    const pace = { kind: 'closed', inFlight: 4, unproven: 200, sealed: SEALED } as const
    results.push(await step(label, () => loaded(bench, trio, { pace, measureMs: MEASURE_MS, label })))
  }
  const rates = results.map(({ perSecond }) => perSecond)
  const behind = results.map(({ behindMs }) => behindMs / 1_000)
  const list = (values: readonly number[], digits: number) =>
    values.map((value) => value.toFixed(digits)).join(', ')
  return {
    figures: [
      {
        name: 'three hospitals, sustained and anchored',
        measured: Math.min(...rates),
        unit: '/s',
        aim: AIM,
        published: PUBLISHED.tps,
        note: `least of ${list(rates, 0)}, ${MEASURE_MS / 1_000} s each; a receipt waits for a second hospital`,
      },
      {
        name: '  until every hospital holds everything',
        measured: Math.max(...behind),
        unit: 's',
        note: `after the last receipt; ${list(behind, 1)}`,
      },
    ],
    remarks: results.map(({ remark, load: { sent, receipted, refused, busy, forged } }) => {
      return `${remark}; ${sent} sent, ${receipted} proven, ${refused} refused, ${busy} told to come back, ${forged} forged`
    }),
  }
}
