import { CATEGORIES, type Category } from '@hygeia/protocol/channel'
import { DAY_MS } from '@hygeia/protocol/units'
import { useSignal } from '@preact/signals'
import { Button, Segments } from '../../../design/button.tsx'
import { Notice, Trouble } from '../../../design/feedback.tsx'
import { Choice, Field, Form } from '../../../design/field.tsx'
import { useAct } from '../../../shell/act.ts'
import type { Remote } from '../../../shell/room.ts'
import { room } from '../../../shell/session.ts'
import { dateText, dayBegin, dayEnd } from '../../../words/format.ts'
import { t } from '../../../words/words.ts'
import type { PatientDesk } from '../../../worker/patient-desk.ts'

type Checked = Awaited<ReturnType<Remote<PatientDesk>['checkPhysician']>>

const DAYS = [1, 7, 30, 90] as const
const USUAL: readonly Category[] = ['vitals', 'alert']

/** Look a physician up, compare the fingerprint, say what and until when. */
export function GiveGrant({ onGiven }: { readonly onGiven: () => void }) {
  const account = useSignal('')
  const checked = useSignal<Checked | undefined>(undefined)
  const isSame = useSignal(false)
  const isDone = useSignal(false)
  const isMalformed = useSignal(false)
  const look = useAct(async () => {
    isDone.value = false
    isSame.value = false
    checked.value = undefined
    isMalformed.value = !/^0x[0-9a-f]{40}$/i.test(account.value.trim())
    if (!isMalformed.value) checked.value = await room.value.patient.checkPhysician(account.value)
  })
  return (
    <section class="card stack">
      <h2>{t('sharing.give')}</h2>
      <Form onSubmit={look.run}>
        <Field
          label={t('sharing.physician')}
          hint={t('sharing.physicianHint')}
          value={account.value}
          isCode
          fault={isMalformed.value ? t('sharing.badAccount') : undefined}
          onInput={(text) => {
            account.value = text
          }}
        />
        <Trouble text={look.trouble.value} />
        <div class="row">
          <Button type="submit" isBusy={look.isBusy.value}>
            {t('sharing.look')}
          </Button>
        </div>
      </Form>
      {checked.value !== undefined && (
        <>
          <div class="stack stack-tight">
            <h3>{t('sharing.fingerprint')}</h3>
            <p class="code ltr fingerprint">{checked.value.fingerprint}</p>
            <p>{t('sharing.compare')}</p>
          </div>
          <Choice
            type="checkbox"
            name="same"
            isChosen={isSame.value}
            onChoose={(isChosen) => {
              isSame.value = isChosen
            }}
          >
            {t('sharing.same')}
          </Choice>
        </>
      )}
      {checked.value !== undefined && isSame.value && (
        <Terms
          physician={checked.value.physician}
          onGiven={() => {
            checked.value = undefined
            account.value = ''
            isDone.value = true
            onGiven()
          }}
        />
      )}
      {isDone.value && <Notice>{t('sharing.done')}</Notice>}
    </section>
  )
}

function Terms({
  physician,
  onGiven,
}: {
  readonly physician: Checked['physician']
  readonly onGiven: () => void
}) {
  const chosen = useSignal<readonly Category[]>(USUAL)
  const days = useSignal<number>(7)
  const from = useSignal(dateText(Date.now()))
  const to = useSignal(dateText(Date.now() + 7 * DAY_MS))
  const give = useAct(async () => {
    await room.value.patient.grant({
      physician,
      categories: chosen.value,
      dataFrom: dayBegin(from.value),
      dataTo: dayEnd(to.value),
      accessTo: Date.now() + days.value * DAY_MS,
    })
    onGiven()
  })
  return (
    <Form onSubmit={give.run}>
      <fieldset class="stack stack-tight">
        <legend class="legend">{t('sharing.what')}</legend>
        {CATEGORIES.map((category) => (
          <Choice
            key={category}
            type="checkbox"
            name="category"
            isChosen={chosen.value.includes(category)}
            onChoose={(isChosen) => {
              const rest = chosen.value.filter((other) => other !== category)
              chosen.value = isChosen ? [...rest, category] : rest
            }}
          >
            {t(`category.${category}`)}
          </Choice>
        ))}
      </fieldset>
      <fieldset class="stack stack-tight">
        <legend class="legend">{t('sharing.which')}</legend>
        <Field
          type="date"
          label={t('sharing.dataFrom')}
          value={from.value}
          onInput={(text) => {
            from.value = text
          }}
        />
        <Field
          type="date"
          label={t('sharing.dataTo')}
          value={to.value}
          onInput={(text) => {
            to.value = text
          }}
        />
      </fieldset>
      <div class="stack stack-tight">
        <h3>{t('sharing.until')}</h3>
        <Segments
          name={t('sharing.until')}
          options={DAYS.map((count) => [String(count), t('sharing.days', { count })] as const)}
          value={String(days.value)}
          onChoose={(count) => {
            days.value = Number(count)
          }}
        />
      </div>
      <Trouble text={give.trouble.value} />
      <div class="row">
        <Button kind="main" type="submit" isBusy={give.isBusy.value} isDisabled={chosen.value.length === 0}>
          {give.isBusy.value ? t('sharing.working') : t('sharing.allow')}
        </Button>
      </div>
    </Form>
  )
}
