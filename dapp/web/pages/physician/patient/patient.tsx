import type { Address } from '@hygeia/protocol/ids'
import { useSignal } from '@preact/signals'
import { Button } from '../../../design/button.tsx'
import { Loading, Notice } from '../../../design/feedback.tsx'
import { Icon } from '../../../design/icon.tsx'
import { now } from '../../../shell/clock.ts'
import { feed } from '../../../shell/feed.ts'
import { ReadingsOf } from '../../../shell/readings.ts'
import { RoomError } from '../../../shell/room.ts'
import { linkTo } from '../../../shell/route.ts'
import { explain } from '../../../shell/trouble.ts'
import { age, day, dayAndTime } from '../../../words/format.ts'
import { t } from '../../../words/words.ts'
import type { PatientRow } from '../../../worker/physician/patients.ts'
import { ScoreCard } from '../../common/score.tsx'
import { AlarmRow } from '../alarm-row.tsx'
import { byPriority } from '../alarms.tsx'
import { Conduct } from '../conduct.tsx'
import { GoneNotice } from '../gone.tsx'
import { nameOf, ward } from '../ward.ts'
import { PatientCharts } from './charts.tsx'
import { Export } from './export.tsx'
import { Name } from './name.tsx'
import { Readings } from './readings.tsx'
import { PatientRecords } from './records.tsx'

/** One patient, for as long as they let the physician in. */
export function Patient({ patient }: { readonly patient: Address }) {
  const view = ward.value
  if (view === undefined) return <Loading />
  const row = view.patients.find((one) => one.patient === patient)
  if (row !== undefined) {
    return (
      <ReadingsOf value={patient}>
        <Open row={row} />
        <Conduct observed={view.conduct} />
      </ReadingsOf>
    )
  }
  const gone = view.gone.find((one) => one.patient === patient)
  if (gone === undefined && !view.isHeard) return <Loading />
  return (
    <>
      <h1>{nameOf(gone ?? { patient, name: undefined })}</h1>
      {gone === undefined ? (
        <Notice tone="warn">{t('physician.gone.none')}</Notice>
      ) : (
        <GoneNotice gone={gone} />
      )}
      <div class="row">
        <a class="button" href={linkTo('patients')}>
          {t('physician.gone.back')}
        </a>
      </div>
    </>
  )
}

function Open({ row }: { readonly row: PatientRow }) {
  const { patient, alarms, score, trouble } = row
  const name = nameOf(row)
  return (
    <div class="stack stack-wide patient-page">
      <Head row={row} />
      {feed.value?.state === 'away' && <Notice tone="warn">{t('physician.patient.away')}</Notice>}
      {trouble !== undefined && feed.value?.state !== 'away' && (
        <Notice tone="bad">{explain(new RoomError(trouble))}</Notice>
      )}
      <div class="beside">
        <Readings row={row} />
        <div class="stack">
          <ScoreCard timed={score} />
          {alarms.length > 0 && (
            <section class="card stack">
              <h2>{t('physician.alarms.title')}</h2>
              {/* biome-ignore lint/a11y/noRedundantRoles: a list without bullets is none to some screen readers */}
              <ul role="list" class="alarms">
                {alarms.toSorted(byPriority).map((alarm) => (
                  <AlarmRow key={`${alarm.device} ${alarm.cause} ${alarm.since}`} alarm={alarm} name={name} />
                ))}
              </ul>
              <p class="small quiet no-print">{t('physician.alarms.here')}</p>
            </section>
          )}
        </div>
      </div>
      <PatientCharts patient={patient} />
      <div class="no-print stack stack-wide">
        <PatientRecords row={row} />
        <Export row={row} />
      </div>
    </div>
  )
}

function Head({ row }: { readonly row: PatientRow }) {
  const { patient, categories, dataFrom, dataTo, accessTo, emergencyTo } = row
  const isNaming = useSignal(false)
  return (
    <header class="stack stack-tight">
      <a class="small no-print" href={linkTo('patients')}>
        {t('physician.patient.back')}
      </a>
      <div class="row row-apart">
        <div>
          <h1>{nameOf(row)}</h1>
          <code class="ltr small quiet">{patient}</code>
        </div>
        <div class="row no-print">
          <Button
            onClick={() => {
              isNaming.value = true
            }}
          >
            <Icon name="edit" />
            {t('physician.name.edit')}
          </Button>
          <Button onClick={() => print()}>
            <Icon name="print" />
            {t('physician.patient.print')}
          </Button>
        </div>
      </div>
      <p class="small quiet">
        {t('physician.patient.data', {
          categories: categories.map((category) => t(`category.${category}`)).join(', '),
          from: day(dataFrom),
          to: day(dataTo - 1),
        })}{' '}
        {t('physician.patients.ends', { at: dayAndTime(accessTo) })}
      </p>
      <p class="small print-only">{t('physician.patient.printed', { at: dayAndTime(now.value) })}</p>
      {emergencyTo !== undefined && (
        <Notice tone="warn">
          <strong>{t('physician.patient.emergency', { at: dayAndTime(emergencyTo) })}</strong>
          <span class="emergency-clock">
            {t('physician.patient.closesIn', { age: age(emergencyTo, now.value) })}
          </span>
        </Notice>
      )}
      {isNaming.value && (
        <Name
          row={row}
          onClose={() => {
            isNaming.value = false
          }}
        />
      )}
    </header>
  )
}
