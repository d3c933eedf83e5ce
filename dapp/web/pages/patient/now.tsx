import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Loading, Trouble } from '../../design/feedback.tsx'
import { useAsk } from '../../shell/ask.ts'
import { readingsChange } from '../../shell/feed.ts'
import { lazily } from '../../shell/lazily.tsx'
import { linkTo, route } from '../../shell/route.ts'
import { room } from '../../shell/session.ts'
import { explain } from '../../shell/trouble.ts'
import { t } from '../../words/words.ts'
import { Alarms } from '../common/alarms.tsx'
import { isWaveformChannel } from '../common/curves.ts'
import { ScoreCard } from '../common/score.tsx'
import { Tile } from '../common/tile.tsx'
import { whoseAmong } from '../common/whose.ts'
import { openReadings } from './readings.ts'

const Enter = lazily(async () => (await import('./enter/enter.tsx')).Enter)

/** A glance: the newest of everything. */
export function Now() {
  return route.value.rest[0] === 'enter' ? <Enter /> : <Glance />
}

function Glance() {
  const isOpen = useSignal(false)
  const trouble = useSignal<string | undefined>(undefined)
  useEffect(() => {
    openReadings().then(
      () => {
        isOpen.value = true
      },
      (cause: unknown) => {
        trouble.value = explain(cause)
      },
    )
  }, [])
  const glance = useAsk(async () => {
    void readingsChange.value
    return room.value.readings.glance()
  })
  const shown = glance.value.value
  const isEmpty = shown === undefined || shown.latest.length === 0
  const latest = (shown?.latest ?? []).filter(({ channel }) => !isWaveformChannel(channel))
  const whose = whoseAmong(latest)
  return (
    <>
      <div class="row row-apart">
        <h1>{t('now.title')}</h1>
        <a class="button" href={linkTo('now', 'enter')}>
          {t('enter.title')}
        </a>
      </div>
      <Trouble text={trouble.value ?? glance.trouble.value} />
      {isEmpty ? (
        isOpen.value ? (
          <Empty />
        ) : (
          <Loading text={t('now.wait')} />
        )
      ) : (
        <div class="beside">
          <div class="tiles">
            {latest.map((one) => (
              <Tile key={`${one.device} ${one.channel}`} latest={one} whose={whose(one)} />
            ))}
          </div>
          <div class="stack">
            <ScoreCard timed={shown.score} />
            <Alarms episodes={shown.alarms} />
          </div>
        </div>
      )}
    </>
  )
}

function Empty() {
  return (
    <section class="card stack">
      <h2>{t('now.empty')}</h2>
      <p class="quiet">{t('now.emptyText')}</p>
      <div class="row">
        <a class="button button-main" href={linkTo('devices', 'pair')}>
          {t('now.pair')}
        </a>
      </div>
    </section>
  )
}
