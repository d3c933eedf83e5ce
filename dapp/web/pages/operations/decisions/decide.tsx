import type { Proposal } from '@hygeia/dapp/staff/answers'
import { useSignal } from '@preact/signals'
import { Button } from '../../../design/button.tsx'
import { Dialog } from '../../../design/dialog.tsx'
import { Notice, Trouble } from '../../../design/feedback.tsx'
import { useAct } from '../../../shell/act.ts'
import { room } from '../../../shell/session.ts'
import { t } from '../../../words/words.ts'
import { hospitals, physicians, proposals, validator } from '../looks.ts'
import { outcomeText } from './outcome.ts'
import { Terms } from './terms.tsx'

export type Decision = 'approve' | 'refuse' | 'takeBack'

interface DecideProps {
  readonly proposal: Proposal
  readonly decision: Decision
  readonly onClose: () => void
}

/** Asks once more before it is done, and says what came of it. */
export function Decide({ proposal, decision, onClose }: DecideProps) {
  const done = useSignal<Proposal | undefined>(undefined)
  const act = useAct(async () => {
    const { operations } = room.value
    done.value = await (decision === 'approve'
      ? operations.approve(proposal.id)
      : operations.reject(proposal.id))
  })
  const close = () => {
    for (const look of [proposals, physicians, hospitals, validator]) void look.again()
    onClose()
  }
  const decided = done.value
  return (
    <Dialog title={t(`operations.decisions.${decision}Title`)} onClose={close}>
      <p>
        <strong>{t(`operations.decisions.act.${proposal.act}`)}.</strong>{' '}
        {decision === 'approve' && t(`operations.decisions.effect.${proposal.act}`)}
      </p>
      <Terms proposal={proposal} />
      <Trouble text={act.trouble.value} />
      {decided !== undefined && (
        <Notice tone={decided.state === 'failed' ? 'bad' : 'info'}>
          {decided.state === 'failed'
            ? outcomeText(decided)
            : `${t('operations.decisions.done')} ${decided.outcome === undefined ? '' : outcomeText(decided)}`}
        </Notice>
      )}
      {act.isBusy.value && decision === 'approve' && (
        <p class="quiet" role="status">
          {t('operations.decisions.working')}
        </p>
      )}
      <div class="row">
        {decided === undefined ? (
          <>
            <Button
              kind={decision === 'approve' ? 'main' : 'stop'}
              isBusy={act.isBusy.value}
              onClick={act.run}
            >
              {t(`operations.decisions.${decision}`)}
            </Button>
            <Button onClick={close}>{t('cancel')}</Button>
          </>
        ) : (
          <Button kind="main" onClick={close}>
            {t('close')}
          </Button>
        )}
      </div>
    </Dialog>
  )
}
