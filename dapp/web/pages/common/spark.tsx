import { HOUR_MS, MINUTE_MS, SECOND_MS } from '@hygeia/protocol/units'
import { useSignal } from '@preact/signals'
import type { Latest } from '../../readings/latest.ts'
import type { Trace } from '../../readings/trace.ts'
import { useAsk } from '../../shell/ask.ts'
import { useReadings } from '../../shell/readings.ts'
import { channelName } from '../../words/format.ts'
import { t } from '../../words/words.ts'

const WIDTH = 200
const HEIGHT = 40
const BUCKETS = 200
const LEAST_MS = MINUTE_MS

/** The last hour of a channel as a small line; gaps are gaps. */
export function Spark({ latest: { device, channel, at } }: { readonly latest: Latest }) {
  const readings = useReadings()
  const end = useSignal(at)
  end.value = at
  const trace = useAsk(() =>
    readings.trace(device, channel, {
      from: end.value - HOUR_MS,
      to: end.value + 1,
      buckets: BUCKETS,
    }),
  ).value.value
  return (
    <svg
      class="spark"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={t('now.lastHour', { channel: channelName(channel) })}
    >
      {trace !== undefined && (
        <path
          d={pathOf(trace)}
          fill="none"
          stroke="currentColor"
          stroke-width="1.5"
          stroke-linejoin="round"
          vector-effect="non-scaling-stroke"
        />
      )}
    </svg>
  )
}

function pathOf({ from: begin, to, at, mean, low, high, gaps }: Trace): string {
  // What began a few minutes ago is drawn over its own time, or it would be a dot.
  const from = Math.max(begin, Math.min((at[0] ?? 0) * SECOND_MS, to - LEAST_MS))

  let least = Number.POSITIVE_INFINITY
  let most = Number.NEGATIVE_INFINITY
  for (const value of low) least = Math.min(least, value)
  for (const value of high) most = Math.max(most, value)
  const span = Math.max(most - least, Math.abs(most) * 0.05, 1e-9)
  const middle = (most + least) / 2
  const begins = new Set<number>()
  for (let index = 1; index < gaps.length; index += 2) begins.add(gaps[index] ?? 0)
  const breaks = [...begins].sort((a, b) => a - b)
  let next = 0
  let path = ''
  for (const [index, time] of at.entries()) {
    let command = index === 0 ? 'M' : 'L'
    while (next < breaks.length && (breaks[next] ?? 0) <= time + 1e-6) {
      command = 'M'
      next++
    }
    const x = ((time * SECOND_MS - from) / (to - from)) * WIDTH
    const y = HEIGHT / 2 - (((mean[index] ?? 0) - middle) / span) * (HEIGHT - 6)
    path += `${command}${x.toFixed(1)} ${y.toFixed(1)}`
  }
  return path
}
