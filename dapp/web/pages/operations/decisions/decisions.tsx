import type { ComponentType } from 'preact'
import { Button } from '../../../design/button.tsx'
import { Notice, Trouble } from '../../../design/feedback.tsx'
import { useAct } from '../../../shell/act.ts'
import { linkTo, route } from '../../../shell/route.ts'
import { room } from '../../../shell/session.ts'
import { t } from '../../../words/words.ts'
import { isOperator, staffing } from '../looks.ts'
import { Tabs } from '../tabs.tsx'
import { Hospitals } from './hospitals.tsx'
import { Physicians } from './physicians.tsx'
import { Validators } from './validators.tsx'
import { Waiting } from './waiting.tsx'

const TABS = ['waiting', 'physicians', 'hospitals', 'validators'] as const
type Tab = (typeof TABS)[number]

const PAGES: Readonly<Record<Tab, ComponentType>> = {
  waiting: Waiting,
  physicians: Physicians,
  hospitals: Hospitals,
  validators: Validators,
}

/** What takes two people. */
export function Decisions() {
  const wanted = route.value.rest[0]
  const tab = TABS.find((name) => name === wanted) ?? TABS[0]
  const Page = PAGES[tab]
  return (
    <>
      <div class="stack stack-tight">
        <h1>{t('operations.decisions.title')}</h1>
        <p class="quiet measure">{t('operations.decisions.text')}</p>
      </div>
      <Tabs
        name={t('operations.decisions.title')}
        here={tab}
        tabs={TABS.map((name) => ({
          name,
          text: t(`operations.decisions.${name}`),
          href: linkTo('decisions', name),
        }))}
      />
      {!isOperator() && <LookingOn />}
      <Page key={tab} />
    </>
  )
}

/** Roles are looked up when somebody signs in: who was given another signs in again. */
function LookingOn() {
  const again = useAct(async () => {
    await room.value.operations.signInAgain()
    await staffing.again()
  })
  return (
    <Notice>
      <span>{t('operations.decisions.viewer')}</span>
      <Trouble text={again.trouble.value} />
      <span>
        <Button isBusy={again.isBusy.value} onClick={again.run}>
          {t('operations.decisions.viewerAgain')}
        </Button>
      </span>
    </Notice>
  )
}
