import type { ManualEntry } from '@hygeia/dapp/manual/entry'
import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { Button, Segments } from '../../../design/button.tsx'
import { Trouble } from '../../../design/feedback.tsx'
import { Field, Form } from '../../../design/field.tsx'
import { useAct } from '../../../shell/act.ts'
import { linkTo } from '../../../shell/route.ts'
import { room } from '../../../shell/session.ts'
import { minuteText } from '../../../words/format.ts'
import { t } from '../../../words/words.ts'

export interface EntryProps {
  readonly form: string
  readonly onEntered: () => void
}

interface EntryFormProps extends EntryProps {
  /** @returns undefined when something is missing or wrong, which the form then shows */
  readonly read: () => ManualEntry | undefined
  readonly children: ComponentChildren
}

/** Fields of one kind of entry, with when it was and the button that hands it in. */
export function EntryForm({ form, onEntered, read, children }: EntryFormProps) {
  const isNow = useSignal(true)
  const time = useSignal(minuteText(Date.now()))
  const isBadTime = useSignal(false)
  const enter = useAct(async () => {
    const at = isNow.value ? Date.now() : new Date(time.value).getTime()
    isBadTime.value = Number.isNaN(at) || at > Date.now()
    const entry = read()
    if (entry === undefined || isBadTime.value) return
    await room.value.entries.enter(form, entry, at)
    onEntered()
  })
  return (
    <Form onSubmit={enter.run}>
      {children}
      <div class="stack stack-tight">
        <Segments
          name={t('enter.when')}
          options={[
            ['now', t('enter.now')],
            ['then', t('enter.earlier')],
          ]}
          value={isNow.value ? 'now' : 'then'}
          onChoose={(chosen) => {
            isNow.value = chosen === 'now'
          }}
        />
        {!isNow.value && (
          <Field
            type="datetime-local"
            label={t('enter.when')}
            value={time.value}
            fault={isBadTime.value ? t('enter.badTime') : undefined}
            onInput={(text) => {
              time.value = text
            }}
          />
        )}
      </div>
      <Trouble text={enter.trouble.value} />
      <div class="row">
        <Button kind="main" type="submit" isBusy={enter.isBusy.value}>
          {t('enter.go')}
        </Button>
        <a class="button" href={linkTo('now')}>
          {t('back')}
        </a>
      </div>
    </Form>
  )
}
