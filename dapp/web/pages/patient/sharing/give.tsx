import { CATEGORIES, type Category } from '@hygeia/protocol/channel'
import { DAY_MS, HOUR_MS } from '@hygeia/protocol/units'
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
import type { Dealt } from '../../../worker/patient-lines.ts'
import { FromTo } from '../../common/from-to.tsx'

type Checked = Awaited<ReturnType<Remote<PatientDesk>['checkPhysician']>>

const DAYS = [1, 7, 30, 90] as const
/** For how long an emergency opens it. */
const HOURS = [4, 24, 72] as const
/** So far ahead is dealt for emergencies; a permission carries thirteen months at the most. */
const EMERGENCY_DAYS = 300
const USUAL: readonly Category[] = ['vitals', 'alert']

interface GiveProps {
  readonly onGiven: () => void
  /** Permissions that stand. */
  readonly standing: ReadonlySet<string>
  /** There is one hospital: nobody else could sign that an emergency is one. */
  readonly isAlone: boolean
}

/** Look a physician up, compare the fingerprint, say what and until when. */
export function GiveGrant({ onGiven, standing, isAlone }: GiveProps) {
  const isForFamily = useSignal(false)
  const account = useSignal('')
  const checked = useSignal<Checked | undefined>(undefined)
  const isSame = useSignal(false)
  const dealt = useSignal<Dealt | undefined>(undefined)
  const isMalformed = useSignal(false)
  const look = useAct(async () => {
    dealt.value = undefined
    isSame.value = false
    checked.value = undefined
    isMalformed.value = !/^0x[0-9a-f]{40}$/i.test(account.value.trim())
    if (!isMalformed.value)
      checked.value = await room.value.patient.checkPhysician(account.value, isForFamily.value)
  })
  return (
    <section class="card stack">
      <h2>{t('sharing.give')}</h2>
      <Segments
        name={t('sharing.whom')}
        options={[
          ['physician', t('sharing.whomPhysician')],
          ['family', t('sharing.whomFamily')],
        ]}
        value={isForFamily.value ? 'family' : 'physician'}
        onChoose={(whom) => {
          isForFamily.value = whom === 'family'
          checked.value = undefined
          dealt.value = undefined
        }}
      />
      {isForFamily.value && <p class="small quiet">{t('sharing.familyText')}</p>}
      <Form onSubmit={look.run}>
        <Field
          label={t(isForFamily.value ? 'sharing.reader' : 'sharing.physician')}
          hint={t(isForFamily.value ? 'sharing.readerHint' : 'sharing.physicianHint')}
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
            <p>{t(isForFamily.value ? 'sharing.compareReader' : 'sharing.compare')}</p>
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
          isAlone={isAlone}
          isForFamily={isForFamily.value}
          onGiven={(given) => {
            checked.value = undefined
            account.value = ''
            dealt.value = given
            onGiven()
          }}
        />
      )}
      {dealt.value !== undefined && standing.has(dealt.value.hash) && <Given dealt={dealt.value} />}
    </section>
  )
}

function Given({ dealt: { threshold, of, undelivered, isForEmergencies } }: { readonly dealt: Dealt }) {
  return (
    <Notice>
      <strong>{t(isForEmergencies ? 'sharing.doneSealed' : 'sharing.done')}</strong>
      {of > 1 && <span>{t('sharing.dealt', { threshold, count: of })}</span>}
      {undelivered > 0 && <span>{t('sharing.undelivered', { count: undelivered })}</span>}
    </Notice>
  )
}

interface TermsProps {
  readonly physician: Checked['physician']
  readonly isAlone: boolean
  readonly isForFamily: boolean
  readonly onGiven: (dealt: Dealt) => void
}

function Terms({ physician, isAlone, isForFamily, onGiven }: TermsProps) {
  const isForEmergencies = useSignal(false)
  const hours = useSignal<number>(24)
  const chosen = useSignal<readonly Category[]>(USUAL)
  const days = useSignal<number>(7)
  const from = useSignal(dateText(Date.now()))
  const to = useSignal(dateText(Date.now() + 7 * DAY_MS))
  const give = useAct(async () => {
    const now = Date.now()
    const span = isForEmergencies.value
      ? { dataFrom: now - 30 * DAY_MS, dataTo: now + EMERGENCY_DAYS * DAY_MS }
      : { dataFrom: dayBegin(from.value), dataTo: dayEnd(to.value) }
    const access = isForEmergencies.value
      ? { accessTo: span.dataTo, emergencyMs: hours.value * HOUR_MS }
      : { accessTo: now + days.value * DAY_MS }
    onGiven(
      await room.value.patient.grant({
        physician,
        categories: chosen.value,
        isForFamily,
        ...span,
        ...access,
      }),
    )
  })
  return (
    <Form onSubmit={give.run}>
      {!isForFamily && (
        <div class="stack stack-tight">
          <h3>{t('sharing.kind')}</h3>
          {isAlone ? (
            <p class="small quiet">{t('sharing.alone')}</p>
          ) : (
            <Segments
              name={t('sharing.kind')}
              options={[
                ['now', t('sharing.kindNow')],
                ['emergency', t('sharing.kindEmergency')],
              ]}
              value={isForEmergencies.value ? 'emergency' : 'now'}
              onChoose={(kind) => {
                isForEmergencies.value = kind === 'emergency'
              }}
            />
          )}
        </div>
      )}
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
      {isForEmergencies.value ? (
        <div class="stack stack-tight">
          <h3>{t('sharing.lasts')}</h3>
          <Segments
            name={t('sharing.lasts')}
            options={HOURS.map((count) => [String(count), t('sharing.hours', { count })] as const)}
            value={String(hours.value)}
            onChoose={(count) => {
              hours.value = Number(count)
            }}
          />
          <p class="small quiet">{t('sharing.emergencyText', { days: EMERGENCY_DAYS })}</p>
        </div>
      ) : (
        <>
          <fieldset class="stack stack-tight">
            <legend class="legend">{t('sharing.which')}</legend>
            <FromTo type="date" from={from} to={to} />
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
        </>
      )}
      <Trouble text={give.trouble.value} />
      <div class="row">
        <Button kind="main" type="submit" isBusy={give.isBusy.value} isDisabled={chosen.value.length === 0}>
          {give.isBusy.value ? t('sharing.working') : t('sharing.allow')}
        </Button>
      </div>
    </Form>
  )
}
