import { pinnedFetch } from '../../dapp/bin/host/pinned-fetch.ts'

/** Values of a Prometheus page by name with labels, as printed. */
export type Scrape = ReadonlyMap<string, number>

/** @param api - HTTPS origin of the hospital @param ca - PEM */
export async function scrape(api: string, ca: string): Promise<Scrape> {
  const answer = await pinnedFetch(ca)(`${api}/metrics`, { method: 'GET' })
  if (!answer.ok) throw new Error(`/metrics answered ${answer.status}`)
  const values = new Map<string, number>()
  for (const line of (await answer.text()).split('\n')) {
    const [, name, value] = /^([a-z_0-9]+(?:\{.*\})?) (\S+)$/.exec(line) ?? []
    if (name !== undefined) values.set(name, Number(value))
  }
  return values
}

/** How much a counter, or a part of a histogram, grew between two looks. */
export function grown(before: Scrape, after: Scrape, name: string): number {
  return (after.get(name) ?? 0) - (before.get(name) ?? 0)
}

/** Mean of a histogram's observations between two looks; undefined when there was none. */
export function meanBetween(before: Scrape, after: Scrape, histogram: string): number | undefined {
  const count = grown(before, after, `${histogram}_count`)
  return count > 0 ? grown(before, after, `${histogram}_sum`) / count : undefined
}
