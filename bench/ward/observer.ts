import { meanBetween, type Scrape, scrape } from './scrape.ts'
import { cpuOf, sharesOf } from './threads.ts'
import type { Ward } from './ward.ts'

interface Look {
  readonly at: number
  readonly cpu: ReadonlyMap<string, number>
  readonly metrics: Scrape
}

/** What the daemon does while it is loaded: CPU by thread, event loop, stages. */
export class Observer {
  readonly #ward: Ward
  readonly #ca: string
  #begin: Promise<Look> | undefined
  #end: Promise<Look> | undefined

  private constructor(ward: Ward, ca: string) {
    this.#ward = ward
    this.#ca = ca
  }

  static async of(ward: Ward): Promise<Observer> {
    return new Observer(ward, await ward.hospital.ca())
  }

  /** To be called at both edges of the time that counts. */
  readonly onWindow = (edge: 'begin' | 'end'): void => {
    if (edge === 'begin') this.#begin = this.#look()
    else this.#end = this.#look()
  }

  /** Where the time went, in a line for threads and one for stages. */
  async remarks(generatorCores: number): Promise<readonly string[]> {
    const [before, after] = await Promise.all([this.#begin, this.#end])
    if (before === undefined || after === undefined) return []
    const seconds = (after.at - before.at) / 1_000
    const threads = sharesOf(before.cpu, after.cpu, seconds)
    const cpu = threads.map(({ name, share }) => `${name} ${percent(share)}`)
    const of = (name: string) => meanBetween(before.metrics, after.metrics, name)
    const stages = [
      stage('ingest to answer', of('hygeia_ingest_ms')),
      stage('anchor sent to final', of('hygeia_anchor_final_ms')),
      `event loop p50 ${lag(after.metrics, 'p50')}, p99 ${lag(after.metrics, 'p99')}`,
    ]
    return [
      `CPU in shares of a core: generator ${percent(generatorCores)}; daemon: ${cpu.join(', ')}`,
      `daemon: ${stages.filter((text) => text !== undefined).join('; ')}`,
    ]
  }

  async #look(): Promise<Look> {
    const { pid, hospital } = this.#ward
    const metrics = await scrape(hospital.endpoints.api, this.#ca)
    return { at: performance.now(), cpu: await cpuOf(pid), metrics }
  }
}

const percent = (share: number) => `${Math.round(share * 100)} %`

function stage(name: string, ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : `${name} ${ms.toFixed(1)} ms on average`
}

function lag(metrics: Scrape, quantile: string): string {
  return `${((metrics.get(`nodejs_eventloop_lag_${quantile}_seconds`) ?? 0) * 1_000).toFixed(1)} ms`
}
