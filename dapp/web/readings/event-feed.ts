import type { Clock } from '@hygeia/dapp/clock'
import type { AccountClient } from '@hygeia/dapp/hospital/client'
import { HospitalError } from '@hygeia/dapp/hospital/errors'
import type { HospitalEvent } from '@hygeia/dapp/hospital/events'
import { DAY_MS, SECOND_MS } from '@hygeia/protocol/units'
import type { Feed, FeedListener } from './feed.ts'
import { until } from './range.ts'
import type { Source } from './source.ts'

/** The hospital gives a sign of life every 15 s. */
const SILENCE_MS = 40 * SECOND_MS
const FIRST_WAIT_MS = SECOND_MS
const LONGEST_WAIT_MS = 15 * SECOND_MS

export interface EventFeedDeps {
  readonly account: () => Promise<AccountClient>
  /** Lists what was missed while nothing was told. */
  readonly source: Pick<Source, 'list'>
  readonly clock: Clock
}

/** Is told by a hospital of each batch as it comes; goes on where it was when the connection is lost. */
export class EventFeed implements Feed {
  readonly #deps: EventFeedDeps
  #after: string | undefined

  constructor(deps: EventFeedDeps) {
    this.#deps = deps
  }

  async follow(listener: FeedListener, signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps
    let waitMs = FIRST_WAIT_MS
    while (!signal.aborted) {
      try {
        await this.#listen(listener, signal, () => {
          waitMs = FIRST_WAIT_MS
        })
        // A session that ran out ends it: the next one goes on.
      } catch (cause) {
        signal.throwIfAborted()
        listener.onState('away', cause)
      }
      await clock.sleep(waitMs, signal)
      waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)
    }
  }

  async #listen(listener: FeedListener, signal: AbortSignal, onHeard: () => void): Promise<void> {
    const silence = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const heard = () => {
      clearTimeout(timer)
      timer = setTimeout(() => silence.abort(silent()), SILENCE_MS)
    }
    heard()
    try {
      const account = await this.#deps.account()
      for await (const event of account.events(this.#after, AbortSignal.any([signal, silence.signal]))) {
        heard()
        onHeard()
        await this.#tell(event, listener)
        if (event.id !== '') this.#after = event.id
      }
    } finally {
      clearTimeout(timer)
    }
  }

  async #tell(event: HospitalEvent, listener: FeedListener): Promise<void> {
    switch (event.kind) {
      case 'hello':
        // What was missed in between is nowhere but in the list.
        if (!event.data.isResumed) await this.#list(listener)
        listener.onState('live')
        return
      case 'batch':
        listener.onBatches([event.data])
        return
      case 'anchored':
        listener.onAnchored(event.data.cids)
        return
      case 'grant':
        listener.onChange('grant', event.data)
        return
      case 'audit':
        listener.onChange('audit')
        return
      case 'heartbeat':
        listener.onState('live')
    }
  }

  async #list({ onBatches, onAnchored }: FeedListener): Promise<void> {
    const { source, clock } = this.#deps
    for await (const chunk of source.list(until(clock.now(), DAY_MS))) {
      onBatches(chunk)
      onAnchored(chunk.filter(({ state }) => state === 'anchored').map(({ cid }) => cid))
    }
  }
}

function silent(): HospitalError {
  const base = self.location.origin
  return new HospitalError('the hospital gives no sign of life', {
    code: 'SILENT',
    base,
    limitMs: SILENCE_MS,
  })
}
