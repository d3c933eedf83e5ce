import { useSignal } from '@preact/signals'
import { Button } from '../../../design/button.tsx'
import { Dialog } from '../../../design/dialog.tsx'
import { Trouble } from '../../../design/feedback.tsx'
import { Field, Form } from '../../../design/field.tsx'
import { useAct } from '../../../shell/act.ts'
import { room } from '../../../shell/session.ts'
import { t } from '../../../words/words.ts'
import type { PatientRow } from '../../../worker/physician/patients.ts'

interface NameProps {
  readonly row: PatientRow
  readonly onClose: () => void
}

/** What the physician calls a patient. */
export function Name({ row: { patient, name }, onClose }: NameProps) {
  const text = useSignal(name ?? '')
  const save = useAct(async () => {
    await room.value.physician.name(patient, text.value)
    onClose()
  })
  return (
    <Dialog title={t('physician.name.title')} onClose={onClose}>
      <Form onSubmit={save.run}>
        <Field
          label={t('physician.name.label')}
          hint={t('physician.name.hint')}
          value={text.value}
          onInput={(value) => {
            text.value = value
          }}
        />
        <Trouble text={save.trouble.value} />
        <div class="row">
          <Button kind="main" type="submit" isBusy={save.isBusy.value}>
            {t('physician.name.save')}
          </Button>
          <Button onClick={onClose}>{t('cancel')}</Button>
        </div>
      </Form>
    </Dialog>
  )
}
