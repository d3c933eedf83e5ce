import { useSignal } from '@preact/signals'
import { Button } from '../../../design/button.tsx'
import { Dialog } from '../../../design/dialog.tsx'
import { Chip, Notice, Trouble } from '../../../design/feedback.tsx'
import { useAct } from '../../../shell/act.ts'
import { now } from '../../../shell/clock.ts'
import { room } from '../../../shell/session.ts'
import { age, brief, day, dayAndTime } from '../../../words/format.ts'
import { t } from '../../../words/words.ts'
import type { AuditEntryLine, GrantLine } from '../../../worker/patient-lines.ts'

const TONES = {
  active: 'good',
  sealed: undefined,
  revoked: undefined,
  expired: undefined,
  pending: 'warn',
} as const

interface GrantCardProps {
  readonly grant: GrantLine
  /** Of the patient, newest first. */
  readonly log: readonly AuditEntryLine[]
  readonly onChange: () => void
}

/** One permission: for whom, of what, until when, and what was done with it. */
export function GrantCard({ grant, log, onChange }: GrantCardProps) {
  const isAsked = useSignal(false)
  const { physician, categories, dataFrom, dataTo, accessTo, state } = grant
  const answers = log.filter((entry) => entry.grant === grant.hash)
  const opened = answers.filter(({ event }) => event === 'opened' || event === 'emergency')
  const refused = answers.filter(({ event }) => event === 'refused').length
  const last = opened[0]
  return (
    <article class="card stack stack-tight">
      <div class="row row-apart">
        <h3>
          <code class="ltr" title={physician}>
            {brief(physician)}
          </code>
        </h3>
        {grant.isForFamily && <Chip>{t('sharing.family')}</Chip>}
        <Chip tone={TONES[state]}>{t(`sharing.state.${state}`)}</Chip>
      </div>
      <p>{categories.map((category) => t(`category.${category}`)).join(' · ')}</p>
      <p class="small quiet">
        {t('sharing.data', { from: day(dataFrom), to: day(dataTo - 1) })}
        <br />
        {t('sharing.access', { at: dayAndTime(accessTo) })}
      </p>
      <p class="small">
        {last === undefined
          ? t('sharing.openedNever')
          : t('sharing.opened', { times: opened.length, age: age(last.at, now.value) })}
        {refused > 0 && ` · ${t('sharing.refused', { count: refused })}`}
      </p>
      {(state === 'active' || state === 'sealed') && (
        <div>
          <Button
            kind="stop"
            onClick={() => {
              isAsked.value = true
            }}
          >
            {t('sharing.revoke')}
          </Button>
        </div>
      )}
      {isAsked.value && (
        <Revoke
          grant={grant}
          batches={opened.reduce((sum, { batches }) => sum + batches, 0)}
          onChange={onChange}
          onClose={() => {
            isAsked.value = false
          }}
        />
      )}
    </article>
  )
}

interface RevokeProps {
  readonly grant: GrantLine
  /** How many were opened already, by the hospitals' logs. */
  readonly batches: number
  readonly onChange: () => void
  readonly onClose: () => void
}

function Revoke({ grant: { hash }, batches, onChange, onClose }: RevokeProps) {
  const done = useSignal<{ untold: number; notRedealt: readonly string[] } | undefined>(undefined)
  const revoke = useAct(async () => {
    done.value = await room.value.patient.revoke(hash)
    onChange()
  })
  const said = done.value
  return (
    <Dialog title={t('sharing.revokeTitle')} onClose={onClose}>
      <p>{t('sharing.revokeText')}</p>
      <Notice tone={batches === 0 ? 'info' : 'warn'}>
        {batches === 0 ? t('sharing.seenNothing') : t('sharing.seen', { count: batches })}
      </Notice>
      <Trouble text={revoke.trouble.value} />
      {said !== undefined && (
        <Notice>
          <strong>{t('sharing.revoked')}</strong>
          {said.untold > 0 && <span>{t('sharing.untold')}</span>}
          {said.notRedealt.length > 0 && (
            <span>{t('sharing.notRedealt', { list: said.notRedealt.map(brief).join(', ') })}</span>
          )}
        </Notice>
      )}
      <div class="row">
        {said === undefined && (
          <Button kind="stop" isBusy={revoke.isBusy.value} onClick={revoke.run}>
            {revoke.isBusy.value ? t('sharing.revokeWorking') : t('sharing.revokeGo')}
          </Button>
        )}
        <Button onClick={onClose}>{t(said === undefined ? 'cancel' : 'close')}</Button>
      </div>
    </Dialog>
  )
}
