import { DAY_MS } from '@hygeia/protocol/units'
import { useSignal } from '@preact/signals'
import { Button } from '../../design/button.tsx'
import { Notice, Trouble } from '../../design/feedback.tsx'
import { Field, Form } from '../../design/field.tsx'
import { useAct } from '../../shell/act.ts'
import { now } from '../../shell/clock.ts'
import { linkTo } from '../../shell/route.ts'
import { room } from '../../shell/session.ts'
import { brief, dateText, day, dayBegin, dayEnd, number } from '../../words/format.ts'
import { t } from '../../words/words.ts'
import type { Erased } from '../../worker/patient-lines.ts'
import { FromTo } from '../common/from-to.tsx'

const STAYS = ['erase.staysChain', 'erase.staysDigests', 'erase.staysBackups', 'erase.staysSeen'] as const

/** Has the hospitals delete a range of time, and says what that does not reach. */
export function Erase() {
  const from = useSignal(dateText(Date.now() - 7 * DAY_MS))
  const to = useSignal(dateText(Date.now() - DAY_MS))
  const typed = useSignal('')
  const isMistyped = useSignal(false)
  const done = useSignal<Erased | undefined>(undefined)
  // What is to come cannot be erased before it is there.
  const range = { from: dayBegin(from.value), to: Math.min(dayEnd(to.value), now.value) }
  const isRange = range.to > range.from
  const erase = useAct(async () => {
    isMistyped.value = typed.value.trim().toLowerCase() !== t('erase.word')
    if (isMistyped.value || !isRange) return
    done.value = await room.value.patient.erase(range.from, range.to)
  })
  const erased = done.value
  return (
    <section class="card card-roomy stack">
      <h1>{t('erase.title')}</h1>
      <p class="measure">{t('erase.text')}</p>
      <Notice tone="warn">
        <strong>{t('erase.stays')}</strong>
        <ul class="stack stack-tight">
          {STAYS.map((key) => (
            <li key={key}>{t(key)}</li>
          ))}
        </ul>
      </Notice>
      {erased === undefined ? (
        <Form onSubmit={erase.run}>
          <div class="row">
            <FromTo type="date" from={from} to={to} fault={isRange ? undefined : t('erase.badRange')} />
          </div>
          <Field
            label={t('erase.type', { word: t('erase.word') })}
            value={typed.value}
            fault={isMistyped.value ? t('erase.mistyped', { word: t('erase.word') }) : undefined}
            onInput={(text) => {
              typed.value = text
            }}
          />
          <Trouble text={erase.trouble.value} />
          <div class="row">
            <Button kind="stop" type="submit" isBusy={erase.isBusy.value} isDisabled={!isRange}>
              {erase.isBusy.value
                ? t('erase.working')
                : isRange
                  ? t('erase.go', { from: day(range.from), to: day(range.to - 1) })
                  : t('erase.title')}
            </Button>
            <a class="button" href={linkTo('records')}>
              {t('back')}
            </a>
          </div>
        </Form>
      ) : (
        <Result
          erased={erased}
          onAgain={() => {
            done.value = undefined
          }}
        />
      )}
    </section>
  )
}

function Result({ erased, onAgain }: { readonly erased: Erased; readonly onAgain: () => void }) {
  const { hospitals, untold } = erased
  const isWaiting = hospitals.some(({ waiting }) => waiting > 0)
  return (
    <>
      <Notice>
        <strong>{t('erase.done')}</strong>
        {hospitals.map(({ hospital, batches, grants }) => (
          <span key={hospital}>
            <code class="ltr">{brief(hospital)}</code>:{' '}
            {t('erase.deleted', { batches: number(batches), grants: number(grants) })}
          </span>
        ))}
        <span>{t('erase.here')}</span>
      </Notice>
      {isWaiting && <Notice tone="warn">{t('erase.waiting')}</Notice>}
      {untold.length > 0 && (
        <Notice tone="bad">{t('erase.untold', { list: untold.map(brief).join(', ') })}</Notice>
      )}
      <div class="row">
        {(isWaiting || untold.length > 0) && <Button onClick={onAgain}>{t('again')}</Button>}
        <a class="button" href={linkTo('records')}>
          {t('back')}
        </a>
      </div>
    </>
  )
}
