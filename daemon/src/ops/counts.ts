import type { Registry } from 'prom-client'
import type { Metric } from '../metrics/names.ts'

/** A counter's values by its labels, as it is counted for everybody. @returns none before anything was counted */
export async function countsOf(
  metrics: Registry,
  { name }: Metric,
): Promise<readonly { readonly labels: Readonly<Record<string, string>>; readonly count: number }[]> {
  const found = await metrics.getSingleMetric(name)?.get()
  return (found?.values ?? []).map(({ labels, value }) => ({
    labels: Object.fromEntries(Object.entries(labels).map(([label, text]) => [label, String(text)])),
    count: value,
  }))
}
