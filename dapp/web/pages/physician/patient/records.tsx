import { parseLabel } from '@hygeia/protocol/label'
import { DAY_MS, HOUR_MS } from '@hygeia/protocol/units'
import { useSignal } from '@preact/signals'
import { Button } from '../../../design/button.tsx'
import { Chip, Notice, Trouble } from '../../../design/feedback.tsx'
import { Grid } from '../../../design/grid.tsx'
import { Icon } from '../../../design/icon.tsx'
import type { BatchLine } from '../../../readings/reading.ts'
import { useAct } from '../../../shell/act.ts'
import { useAsk } from '../../../shell/ask.ts'
import { readingsChange } from '../../../shell/feed.ts'
import { useReadings } from '../../../shell/readings.ts'
import { channelName, clockTimeToSecond } from '../../../words/format.ts'
import { hasWords, t } from '../../../words/words.ts'
import type { PatientRow } from '../../../worker/physician/patients.ts'
import { noteProof, type Outcome, outcomes } from '../../common/outcomes.ts'
import { Placed } from '../../common/placed.tsx'

/** More rows than that nobody reads. */
const ROWS = 20

const TONES = { proven: 'good', refuted: 'bad', open: 'warn', waiting: undefined } as const

/** Where the batches are, what proves them, and which are not shown. */
export function PatientRecords({ row: { latest } }: { readonly row: PatientRow }) {
  const readings = useReadings()
  const checked = useSignal<readonly string[]>([])
  const batches = useAsk(async () => {
    void readingsChange.value
    const now = Date.now()
    return readings.batches(now - DAY_MS, now + HOUR_MS)
  })
  const check = useAct(async () => {
    checked.value = []
    const newest = (batches.value.peek() ?? [])
      .filter(({ fault, place }) => fault === undefined && place === 'anchored')
      .slice(0, ROWS)
    // Those that are on top of the page too, which may not be anchored.
    for (const cid of new Set([...latest.map((one) => one.cid), ...newest.map((one) => one.cid)])) {
      noteProof(cid, await readings.prove(cid))
      checked.value = [...checked.peek(), cid]
    }
  })
  const shown = batches.value.value ?? []
  const faulty = shown.filter(({ fault }) => fault !== undefined)
  return (
    <section class="card stack">
      <div class="row row-apart">
        <h2>{t('physician.patient.records')}</h2>
        <Button isBusy={check.isBusy.value} onClick={check.run}>
          {check.isBusy.value ? t('physician.patient.checking') : t('physician.patient.checkAll')}
        </Button>
      </div>
      <p class="small quiet">{t('physician.patient.recordsText')}</p>
      <Trouble text={batches.trouble.value ?? check.trouble.value} />
      <Summary found={checked.value.flatMap((cid) => outcomes.value.get(cid) ?? [])} />
      {latest
        .filter(({ cid }) => outcomes.value.get(cid) === 'refuted')
        .map(({ channel, device }) => (
          <Notice key={`${device} ${channel}`} tone="bad">
            {channelName(channel)}: {t('physician.patient.refutedHere')}
          </Notice>
        ))}
      <Faulty batches={faulty} />
      <Grid
        name={t('physician.patient.records')}
        heads={[
          t('records.time'),
          t('records.kind'),
          t('records.place'),
          t('physician.patient.channelProof'),
        ]}
        rows={shown.slice(0, ROWS).map((batch) => ({
          key: batch.cid,
          cells: cellsOf(batch, outcomes.value.get(batch.cid)),
        }))}
      />
    </section>
  )
}

function Summary({ found }: { readonly found: readonly Outcome[] }) {
  if (found.length === 0) return null
  return (
    <p class="row" role="status">
      {(['refuted', 'proven', 'open', 'waiting'] as const).map((outcome) => {
        const count = found.filter((one) => one === outcome).length
        return count === 0 ? null : (
          <Chip key={outcome} tone={TONES[outcome]}>
            <Icon name={outcome === 'proven' ? 'done' : 'warn'} size={14} />
            {t(`physician.patient.${outcome}`, { count })}
          </Chip>
        )
      })}
    </p>
  )
}

/** What could not be opened or believed is not shown, and said. */
function Faulty({ batches }: { readonly batches: readonly BatchLine[] }) {
  if (batches.length === 0) return null
  const byFault = [...Map.groupBy(batches, ({ fault }) => fault ?? '')]
  return (
    <Notice tone="bad">
      {byFault.map(([fault, some]) => {
        const key = `physician.fault.${fault}`
        return (
          <span key={fault}>
            <strong>{t('physician.patient.faulty', { count: some.length })}</strong>{' '}
            {hasWords(key) ? t(key) : fault}
          </span>
        )
      })}
    </Notice>
  )
}

function cellsOf({ cid, from, to, label, place, fault }: BatchLine, outcome: Outcome | undefined) {
  const key = `physician.fault.${fault}`
  return [
    <>
      <span class="nowrap">{clockTimeToSecond(from)}</span> –{' '}
      <span class="nowrap">{clockTimeToSecond(to)}</span>
    </>,
    t(`category.${parseLabel(label).category}`),
    <Placed cid={cid} place={place} />,
    fault !== undefined ? (
      <Chip tone="bad">{hasWords(key) ? t(key) : fault}</Chip>
    ) : outcome === undefined ? (
      <span class="small quiet">{t('physician.patient.unproven')}</span>
    ) : (
      <Chip tone={TONES[outcome]}>
        {outcome === 'waiting' ? t('physician.patient.notYet') : t(`records.outcome.${outcome}`)}
      </Chip>
    ),
  ]
}
