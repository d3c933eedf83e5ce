import type { ActOnAccount, Proposal } from '@hygeia/dapp/staff/answers'
import { type Signal, useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { Button } from '../../../design/button.tsx'
import { Dialog } from '../../../design/dialog.tsx'
import { Notice, Trouble } from '../../../design/feedback.tsx'
import { Field, Form } from '../../../design/field.tsx'
import { useAct } from '../../../shell/act.ts'
import { RoomError } from '../../../shell/room.ts'
import { linkTo } from '../../../shell/route.ts'
import { room } from '../../../shell/session.ts'
import { t } from '../../../words/words.ts'
import { isOperator, proposals } from '../looks.ts'

const REASON_LIMIT = 500

interface ProposeFormProps {
  readonly act: Proposal['act']
  /** @returns once it is proposed */
  readonly propose: (reason: string) => Promise<unknown>
  readonly onClose: () => void
  /** What is wrong with what was typed, in words. */
  readonly fault?: string
  readonly children: ComponentChildren
}

/** Asks why, proposes, and says that it waits. */
export function ProposeForm({ act, propose, onClose, children, fault }: ProposeFormProps) {
  const reason = useSignal('')
  const isProposed = useSignal(false)
  const isWrong = useSignal(false)
  const doing = useAct(async () => {
    isWrong.value = false
    try {
      await propose(reason.value.slice(0, REASON_LIMIT))
    } catch (cause) {
      isWrong.value = cause instanceof RoomError && cause.code === 'MALFORMED'
      if (!isWrong.value) throw cause
      return
    }
    isProposed.value = true
    await proposals.again()
  })
  const name = t(`operations.decisions.act.${act}`)
  if (isProposed.value) {
    return (
      <Dialog title={name} onClose={onClose}>
        <Notice>{t('operations.decisions.proposed')}</Notice>
        <div class="row">
          <a class="button button-main" href={linkTo('decisions', 'waiting')} onClick={onClose}>
            {t('operations.decisions.see')}
          </a>
          <Button onClick={onClose}>{t('close')}</Button>
        </div>
      </Dialog>
    )
  }
  return (
    <Dialog title={name} onClose={onClose}>
      <Form onSubmit={doing.run}>
        <p>{t(`operations.decisions.effect.${act}`)}</p>
        {children}
        <Field
          label={t('operations.decisions.reason')}
          hint={t('operations.decisions.reasonHint')}
          rows={2}
          value={reason.value}
          onInput={(text) => {
            reason.value = text
          }}
        />
        <Trouble text={isWrong.value ? fault : doing.trouble.value} />
        <div class="row">
          <Button kind="main" type="submit" isBusy={doing.isBusy.value}>
            {t('operations.decisions.proposeAct')}
          </Button>
          <Button onClick={onClose}>{t('cancel')}</Button>
        </div>
      </Form>
    </Dialog>
  )
}

interface ProposeButtonProps {
  readonly act: ActOnAccount
  readonly subject: string
}

/** Begins a proposal about an account; says so where one waits already. Nothing for who only looks on. */
export function ProposeButton({ act, subject }: ProposeButtonProps) {
  const isOpen = useSignal(false)
  const waits = proposals.value.value?.some(
    (proposal) => proposal.state === 'open' && proposal.subject === subject && proposal.act === act,
  )
  // What was just proposed is said before the button goes.
  if (waits === true && !isOpen.value) {
    return <a href={linkTo('decisions', 'waiting')}>{t('operations.decisions.waits')}</a>
  }
  if (!isOperator()) return null
  return (
    <ProposeOpener
      act={act}
      isOpen={isOpen}
      propose={(reason) => room.value.operations.propose(act, subject, reason)}
    >
      <p>
        <code class="ltr">{subject}</code>
      </p>
    </ProposeOpener>
  )
}

interface ProposeNewProps extends Omit<ProposeFormProps, 'onClose'> {
  readonly act: 'admit-hospital' | 'admit-validator'
}

/** Begins a proposal about what is asked for in the form. */
export function ProposeNew(props: ProposeNewProps) {
  const isOpen = useSignal(false)
  return (
    <div class="row">
      <ProposeOpener isOpen={isOpen} {...props} />
    </div>
  )
}

interface ProposeOpenerProps extends Omit<ProposeFormProps, 'onClose' | 'act'> {
  readonly act: ActOnAccount | ProposeNewProps['act']
  readonly isOpen: Signal<boolean>
}

function ProposeOpener({ isOpen, ...props }: ProposeOpenerProps) {
  const set = (is: boolean) => () => {
    isOpen.value = is
  }
  return (
    <>
      <Button onClick={set(true)}>{t(`operations.decisions.button.${props.act}`)}</Button>
      {isOpen.value && <ProposeForm onClose={set(false)} {...props} />}
    </>
  )
}
