import type { Address } from '@hygeia/protocol/ids'
import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { Segments } from '../../design/button.tsx'
import { Loading, Notice, Trouble } from '../../design/feedback.tsx'
import { feed } from '../../shell/feed.ts'
import { linkTo, route } from '../../shell/route.ts'
import { t } from '../../words/words.ts'
import type { PatientRow } from '../../worker/physician/patients.ts'
import { Conduct } from './conduct.tsx'
import { GoneNotice } from './gone.tsx'
import { byAge, byScore } from './order.ts'
import { Patient } from './patient/patient.tsx'
import { PatientCard } from './patient-card.tsx'
import { ward, wardTrouble } from './ward.ts'

const ORDERS = ['byScore', 'byAge'] as const

/** Everybody who lets this physician in, or the one of them whom the address names. */
export function Patients() {
  const [patient] = route.value.rest
  return patient === undefined ? <List /> : <Patient key={patient} patient={patient as Address} />
}

function List() {
  const order = useSignal<(typeof ORDERS)[number]>('byScore')
  const view = ward.value
  if (view === undefined) return <Loading />
  const { patients, gone, isHeard } = view
  return (
    <>
      <div class="row row-apart">
        <h1>{t('physician.patients.title')}</h1>
        {patients.length > 1 && (
          <Segments
            name={t('physician.patients.sort')}
            options={ORDERS.map((option) => [option, t(`physician.patients.${option}`)])}
            value={order.value}
            onChoose={(chosen) => {
              order.value = chosen
            }}
          />
        )}
      </div>
      <Trouble text={wardTrouble.value} />
      {!isHeard && patients.length > 0 && <Notice tone="warn">{t('physician.patients.last')}</Notice>}
      {gone.map((one) => (
        <GoneNotice key={one.patient} gone={one} />
      ))}
      {patients.length > 0 ? (
        <Groups rows={patients} isByScore={order.value === 'byScore'} />
      ) : isHeard ? (
        <Empty />
      ) : (
        <Unheard />
      )}
      <Conduct observed={view.conduct} />
      {patients.length > 0 && <p class="small quiet">{t('physician.patients.logged')}</p>}
    </>
  )
}

function Groups({ rows, isByScore }: { readonly rows: readonly PatientRow[]; readonly isByScore: boolean }) {
  if (!isByScore) return <Group rows={byAge(rows)} title={undefined} />
  const { complete, incomplete, none } = byScore(rows)
  return (
    <>
      <Group rows={complete} title={t('physician.patients.complete')} />
      <Group rows={incomplete} title={t('physician.patients.incomplete')}>
        <p class="small quiet measure">{t('physician.patients.incompleteText')}</p>
      </Group>
      <Group rows={none} title={t('physician.patients.noScore')} />
    </>
  )
}

interface GroupProps {
  readonly rows: readonly PatientRow[]
  readonly title: string | undefined
  readonly children?: ComponentChildren
}

function Group({ rows, title, children }: GroupProps) {
  if (rows.length === 0) return null
  return (
    <section class="stack">
      {title !== undefined && (
        <div class="stack stack-tight">
          <h2>{title}</h2>
          {children}
        </div>
      )}
      {/* biome-ignore lint/a11y/noRedundantRoles: a list without bullets is none to some screen readers */}
      <ul role="list" class="stack">
        {rows.map((row) => (
          <PatientCard key={row.patient} row={row} />
        ))}
      </ul>
    </section>
  )
}

/** Nobody is known here, and the hospital has not said yet. */
function Unheard() {
  if (wardTrouble.value !== undefined) return null
  if (feed.value?.state !== 'away') return <Loading />
  return <p class="quiet">{t('physician.patients.unheard')}</p>
}

function Empty() {
  return (
    <section class="card stack">
      <h2>{t('physician.patients.none')}</h2>
      <p class="quiet">{t('physician.patients.noneText')}</p>
      <div class="row">
        <a class="button button-main" href={linkTo('key')}>
          {t('physician.key.title')}
        </a>
      </div>
    </section>
  )
}
