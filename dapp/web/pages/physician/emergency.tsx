import { REASON_LIMIT } from '@hygeia/protocol/emergency/emergency'
import { MINUTE_MS } from '@hygeia/protocol/units'
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Button } from '../../design/button.tsx'
import { Chip, Loading, Notice, Trouble } from '../../design/feedback.tsx'
import { Choice, Field, Form } from '../../design/field.tsx'
import { useAct } from '../../shell/act.ts'
import { useAsk } from '../../shell/ask.ts'
import { now } from '../../shell/clock.ts'
import { linkTo } from '../../shell/route.ts'
import { room } from '../../shell/session.ts'
import { age, brief, dayAndTime, minutes } from '../../words/format.ts'
import { t } from '../../words/words.ts'
import type { SealedRow } from '../../worker/physician/patients.ts'
import { nameOf, ward } from './ward.ts'

/** Grants for emergencies: opened with a reason, by two hospitals, for a limited time. */
export function Emergency() {
  const witnesses = useAsk(() => room.value.physician.witnesses())
  const view = ward.value
  if (view === undefined) return <Loading />
  const open = view.patients.filter(({ emergencyTo }) => emergencyTo !== undefined)
  const { reached = 0, unreached = 0 } = witnesses.value.value ?? {}
  const isKnown = witnesses.value.value !== undefined
  return (
    <>
      <div class="stack stack-tight">
        <h1>{t('physician.emergency.title')}</h1>
        <p class="quiet measure">{t('physician.emergency.text')}</p>
      </div>
      <Trouble text={witnesses.trouble.value} />
      {isKnown && reached === 0 && (
        <Notice tone="warn">
          <strong>{t('physician.emergency.oneHospital')}</strong>
          <span>
            {unreached === 0
              ? t('physician.emergency.oneHospitalText')
              : t('physician.emergency.unreached', { count: unreached })}
          </span>
        </Notice>
      )}
      {open.length > 0 && (
        <section class="card stack">
          <h2>{t('physician.emergency.active')}</h2>
          {open.map((row) => (
            <p key={row.patient} class="row row-apart">
              <a href={linkTo('patients', row.patient)}>{nameOf(row)}</a>
              <Chip tone="bad">
                {t('physician.patients.emergency', { at: dayAndTime(row.emergencyTo ?? 0) })} ·{' '}
                {t('physician.patient.closesIn', { age: age(row.emergencyTo ?? 0, now.value) })}
              </Chip>
            </p>
          ))}
        </section>
      )}
      {view.sealed.length === 0 && open.length === 0 && <p class="quiet">{t('physician.emergency.none')}</p>}
      {view.sealed.map((sealed) => (
        <Sealed key={sealed.hash} sealed={sealed} canOpen={reached > 0} />
      ))}
    </>
  )
}

interface SealedProps {
  readonly sealed: SealedRow
  /** Another hospital is there to sign. */
  readonly canOpen: boolean
}

function Sealed({ sealed, canOpen }: SealedProps) {
  const { hash, patient, categories, accessTo, lastsMs } = sealed
  const reason = useSignal('')
  const isSure = useSignal(false)
  const isTried = useSignal(false)
  const waitedFor = useSignal<string | undefined>(undefined)
  const endsAt = useSignal<number | undefined>(undefined)
  const left = REASON_LIMIT - reason.value.trim().length
  const isGood = left >= 0 && left < REASON_LIMIT
  const breakIt = useAct(async () => {
    isTried.value = true
    if (!isGood || !isSure.value) return
    endsAt.value = await room.value.physician.breakGlass(hash, reason.value)
  })
  useEffect(
    () =>
      room.value.on('witness', ({ hospital }) => {
        waitedFor.value = hospital
      }),
    [],
  )
  if (endsAt.value !== undefined) {
    return (
      <Notice>
        <strong>{t('physician.emergency.opened', { at: dayAndTime(endsAt.value) })}</strong>
        <a href={linkTo('patients', patient)}>{t('physician.emergency.see')}</a>
      </Notice>
    )
  }
  return (
    <section class="card stack">
      <div class="stack stack-tight">
        <h2>{nameOf(sealed)}</h2>
        <p class="small quiet">
          {categories.map((category) => t(`category.${category}`)).join(' · ')} ·{' '}
          {t('physician.emergency.lasts', { duration: minutes(lastsMs / MINUTE_MS) })} ·{' '}
          {t('physician.patients.until', { at: dayAndTime(accessTo) })}
        </p>
      </div>
      {canOpen && (
        <Form onSubmit={breakIt.run}>
          <Field
            label={t('physician.emergency.reason')}
            hint={t('physician.emergency.reasonHint', { limit: REASON_LIMIT, left })}
            value={reason.value}
            fault={isTried.value && !isGood ? t('physician.emergency.reasonShort') : undefined}
            onInput={(text) => {
              reason.value = text
            }}
          />
          <Choice
            type="checkbox"
            name={`sure-${hash}`}
            isChosen={isSure.value}
            onChoose={(isChosen) => {
              isSure.value = isChosen
            }}
          >
            {t('physician.emergency.sure')}
          </Choice>
          <Trouble text={breakIt.trouble.value} />
          <div class="row">
            <Button kind="stop" type="submit" isBusy={breakIt.isBusy.value} isDisabled={!isSure.value}>
              {breakIt.isBusy.value ? t('physician.emergency.working') : t('physician.emergency.open')}
            </Button>
          </div>
          {breakIt.isBusy.value && waitedFor.value !== undefined && (
            <Loading text={t('physician.emergency.waiting', { hospital: brief(waitedFor.value) })} />
          )}
        </Form>
      )}
    </section>
  )
}
