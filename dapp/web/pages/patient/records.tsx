import { parseLabel } from '@hygeia/protocol/label'
import { DAY_MS, HOUR_MS } from '@hygeia/protocol/units'
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Button } from '../../design/button.tsx'
import { Chip, Trouble } from '../../design/feedback.tsx'
import { Grid } from '../../design/grid.tsx'
import type { BatchLine } from '../../readings/reading.ts'
import { useAsk } from '../../shell/ask.ts'
import { readingsChange } from '../../shell/feed.ts'
import { lazily } from '../../shell/lazily.tsx'
import { linkTo, route } from '../../shell/route.ts'
import { room } from '../../shell/session.ts'
import { explain } from '../../shell/trouble.ts'
import { clockTimeToSecond } from '../../words/format.ts'
import { t } from '../../words/words.ts'
import { ProofDialog } from '../common/proof.tsx'
import { WaitingEntries } from './enter/waiting.tsx'
import { openReadings } from './readings.ts'

/** More rows than that nobody reads. */
const ROWS = 100
const TONES = { stored: undefined, anchored: 'good', quarantined: 'bad' } as const

const Export = lazily(async () => (await import('./export.tsx')).Export)

const Erase = lazily(async () => (await import('./erase.tsx')).Erase)

export function Records() {
  switch (route.value.rest[0]) {
    case 'export':
      return <Export />
    case 'erase':
      return <Erase />
    default:
      return <List />
  }
}

/** Where each batch of the last day is, and the proof of it. */
function List() {
  const trouble = useSignal<string | undefined>(undefined)
  const checked = useSignal<string | undefined>(undefined)
  useEffect(() => {
    openReadings().catch((cause: unknown) => {
      trouble.value = explain(cause)
    })
  }, [])
  const batches = useAsk(async () => {
    void readingsChange.value
    const now = Date.now()
    return room.value.readings.batches(now - DAY_MS, now + HOUR_MS)
  })
  const shown = batches.value.value ?? []
  const anchored = shown.filter(({ place }) => place === 'anchored').length
  return (
    <>
      <div class="stack">
        <div class="row row-apart">
          <h1>{t('records.title')}</h1>
          <div class="row">
            <a class="button" href={linkTo('records', 'export')}>
              {t('export.title')}
            </a>
            <a class="button" href={linkTo('records', 'erase')}>
              {t('erase.title')}
            </a>
          </div>
        </div>
        <p class="quiet measure">{t('records.text')}</p>
      </div>
      <Trouble text={trouble.value ?? batches.trouble.value} />
      <WaitingEntries />
      {shown.length === 0 ? (
        <p class="quiet">{t('records.none')}</p>
      ) : (
        <section class="card stack">
          <p class="row">
            <Chip>
              {t('records.stored')}: {shown.length - anchored}
            </Chip>
            <Chip tone="good">
              {t('records.anchored')}: {anchored}
            </Chip>
          </p>
          <Grid
            name={t('records.title')}
            heads={[t('records.time'), t('records.kind'), t('records.place')]}
            rows={shown.slice(0, ROWS).map((batch) => ({
              key: batch.cid,
              cells: cellsOf(batch, () => {
                checked.value = batch.cid
              }),
            }))}
          />
        </section>
      )}
      {checked.value !== undefined && (
        <ProofDialog
          cid={checked.value}
          onClose={() => {
            checked.value = undefined
          }}
        />
      )}
    </>
  )
}

function cellsOf({ from, to, label, place, fault }: BatchLine, onCheck: () => void) {
  return [
    <>
      <span class="nowrap">{clockTimeToSecond(from)}</span>
      <br />
      <span class="nowrap small quiet">{t('records.until', { at: clockTimeToSecond(to) })}</span>
    </>,
    t(`category.${parseLabel(label).category}`),
    <>
      <div class="row">
        <Chip tone={TONES[place]}>{t(`records.${place}`)}</Chip>
        <Button kind="plain" onClick={onCheck}>
          {t('records.check')}
        </Button>
      </div>
      {fault !== undefined && <p class="small">{t('records.fault', { fault })}</p>}
    </>,
  ]
}
