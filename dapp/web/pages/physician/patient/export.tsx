import type { ExportFormat } from '@hygeia/dapp/output/export'
import { DAY_MS, MINUTE_MS } from '@hygeia/protocol/units'
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Button, Segments } from '../../../design/button.tsx'
import { Notice, Trouble } from '../../../design/feedback.tsx'
import { Form } from '../../../design/field.tsx'
import { useAct } from '../../../shell/act.ts'
import { room } from '../../../shell/session.ts'
import { minuteText, number } from '../../../words/format.ts'
import { t } from '../../../words/words.ts'
import type { Exported } from '../../../worker/physician/export.ts'
import type { PatientRow } from '../../../worker/physician/patients.ts'
import { FromTo } from '../../common/from-to.tsx'

const ENDINGS = { fhir: 'fhir.json', csv: 'csv' } as const

interface Written extends Exported {
  readonly url: string
  readonly name: string
}

/** A span of time as a file. */
export function Export({ row }: { readonly row: PatientRow }) {
  const { patient } = row
  const from = useSignal(minuteText(Math.max(Date.now() - DAY_MS, row.dataFrom)))
  const to = useSignal(minuteText(Date.now() + MINUTE_MS))
  const format = useSignal<ExportFormat>('fhir')
  const progress = useSignal<{ readonly done: number; readonly known: number } | undefined>(undefined)
  const written = useSignal<Written | undefined>(undefined)
  const isBackwards = Date.parse(to.value) <= Date.parse(from.value)
  const forget = () => {
    if (written.peek() !== undefined) URL.revokeObjectURL(written.peek()?.url ?? '')
    written.value = undefined
  }
  const write = useAct(async () => {
    forget()
    progress.value = undefined
    if (isBackwards) return
    const wish = {
      patient,
      from: Date.parse(from.value),
      to: Date.parse(to.value),
      format: format.value,
    }
    const exported = await room.value.physician.export(wish)
    const begin = from.value.replace(/[^0-9]/g, '').slice(0, 8)
    const name = `${patient.slice(2, 10)}-${begin}.${ENDINGS[wish.format]}`
    written.value = { ...exported, name, url: URL.createObjectURL(exported.file) }
  })
  useEffect(
    () =>
      room.value.on('spanExport', (told) => {
        progress.value = told.known === 0 ? { done: told.done, known: progress.peek()?.known ?? 0 } : told
      }),
    [],
  )
  // Whoever leaves the page, or is let in no longer, takes nothing along.
  useEffect(
    () => () => {
      forget()
      void room.peek().physician.cancelExport()
    },
    [],
  )
  const { value: file } = written
  return (
    <section class="card stack">
      <h2>{t('physician.export.title')}</h2>
      <p class="small quiet measure">{t('physician.export.text')}</p>
      <Form onSubmit={write.run}>
        <div class="row row-top">
          <FromTo
            type="datetime-local"
            from={from}
            to={to}
            fault={isBackwards ? t('physician.export.badSpan') : undefined}
          />
        </div>
        <div class="stack stack-tight">
          <Segments
            name={t('physician.export.format')}
            options={(['fhir', 'csv'] as const).map((option) => [option, t(`physician.export.${option}`)])}
            value={format.value}
            onChoose={(chosen) => {
              format.value = chosen
            }}
          />
          <p class="small quiet">{t(`physician.export.${format.value}Text`)}</p>
        </div>
        <Trouble text={write.trouble.value} />
        <div class="row">
          <Button kind="main" type="submit" isBusy={write.isBusy.value}>
            {write.isBusy.value ? t('physician.export.working') : t('physician.export.go')}
          </Button>
          {write.isBusy.value && (
            <Button onClick={() => void room.value.physician.cancelExport()}>
              {t('physician.export.stop')}
            </Button>
          )}
        </div>
        {write.isBusy.value && progress.value !== undefined && (
          <Progress done={progress.value.done} known={progress.value.known} />
        )}
      </Form>
      {file !== undefined && <Result file={file} />}
    </section>
  )
}

function Progress({ done, known }: { readonly done: number; readonly known: number }) {
  const text = t('physician.export.progress', { done: number(done), known: number(Math.max(known, done)) })
  return (
    <div class="stack stack-tight">
      <progress aria-label={text} max={Math.max(known, done, 1)} value={done} />
      <span class="small quiet">{text}</span>
    </div>
  )
}

function Result({ file }: { readonly file: Written }) {
  const { readings, batches, unopened, url, name } = file
  if (readings === 0 && unopened === 0) return <Notice>{t('physician.export.nothing')}</Notice>
  const size = sizeOf(file.file.size)
  return (
    <Notice tone={unopened > 0 ? 'warn' : 'info'}>
      <span>{t('physician.export.done', { count: readings, batches: number(batches), size })}</span>
      {unopened > 0 && <span>{t('physician.export.unopened', { count: unopened })}</span>}
      <a class="button" href={url} download={name}>
        {t('physician.export.save', { file: name })}
      </a>
    </Notice>
  )
}

function sizeOf(bytes: number): string {
  const [size, unit] = bytes < 1_000_000 ? [bytes / 1_000, 'kB'] : [bytes / 1_000_000, 'MB']
  return `${number(size, 1)} ${unit}`
}
