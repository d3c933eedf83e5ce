import type { ExportFormat } from '@hygeia/dapp/output/export'
import { HOUR_MS } from '@hygeia/protocol/units'
import { useSignal, useSignalEffect } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Button, Segments } from '../../design/button.tsx'
import { Notice, Trouble } from '../../design/feedback.tsx'
import { Choice, Form } from '../../design/field.tsx'
import { useAct } from '../../shell/act.ts'
import { canChooseFile, chooseFile, download } from '../../shell/files.ts'
import { linkTo } from '../../shell/route.ts'
import { room } from '../../shell/session.ts'
import { dateText, dayBegin, dayEnd, number } from '../../words/format.ts'
import { t } from '../../words/words.ts'
import type { ExportCount } from '../../worker/export-desk.ts'
import { FromTo } from '../common/from-to.tsx'

const MEBI = 1 << 20

/** Everything that is the patient's, in a file that other programs read. */
export function Export() {
  const format = useSignal<ExportFormat>('fhir')
  const isAll = useSignal(true)
  const from = useSignal(dateText(Date.now()))
  const to = useSignal(dateText(Date.now()))
  const hasProof = useSignal(true)
  const count = useSignal<ExportCount | undefined>(undefined)
  const isDone = useSignal(false)

  const write = useAct(async () => {
    isDone.value = false
    count.value = undefined
    const name = fileName(format.value)
    const handle = canChooseFile() ? await chooseFile(name) : undefined
    const { file, ...written } = await room.value.exports.write(
      {
        format: format.value,
        hasProof: format.value === 'fhir' && hasProof.value,
        from: isAll.value ? 0 : dayBegin(from.value),
        // Clocks of devices may be a little ahead.
        to: isAll.value ? Date.now() + HOUR_MS : dayEnd(to.value),
      },
      handle,
    )
    if (file !== undefined) download(file, name)
    count.value = written
    isDone.value = true
  })
  useSignalEffect(() =>
    room.value.on('export', (told) => {
      count.value = told
    }),
  )
  useEffect(() => {
    const asked = room.value
    return () => {
      asked.exports.stop().catch(() => {})
    }
  }, [])

  return (
    <section class="card card-roomy stack">
      <h1>{t('export.title')}</h1>
      <p class="measure">{t('export.text')}</p>
      <Form onSubmit={write.run}>
        <div class="stack stack-tight">
          <h2>{t('export.format')}</h2>
          <Segments
            name={t('export.format')}
            options={(['fhir', 'csv'] as const).map((option) => [option, t(`export.${option}`)] as const)}
            value={format.value}
            onChoose={(chosen) => {
              format.value = chosen
            }}
          />
          <p class="small quiet">{t(`export.${format.value}Text`)}</p>
        </div>
        <div class="stack stack-tight">
          <h2>{t('export.span')}</h2>
          <Segments
            name={t('export.span')}
            options={[
              ['all', t('export.all')],
              ['days', t('export.days')],
            ]}
            value={isAll.value ? 'all' : 'days'}
            onChoose={(chosen) => {
              isAll.value = chosen === 'all'
            }}
          />
          {!isAll.value && (
            <div class="row">
              <FromTo type="date" from={from} to={to} />
            </div>
          )}
        </div>
        {format.value === 'fhir' && (
          <Choice
            type="checkbox"
            name="proof"
            isChosen={hasProof.value}
            onChoose={(isChosen) => {
              hasProof.value = isChosen
            }}
          >
            {t('export.proof')}
          </Choice>
        )}
        <Notice tone="warn">{t('export.clear')}</Notice>
        <Trouble text={write.trouble.value} />
        <div class="row">
          <Button kind="main" type="submit" isBusy={write.isBusy.value}>
            {t(write.isBusy.value ? 'export.working' : 'export.go')}
          </Button>
          {write.isBusy.value ? (
            <Button onClick={() => void room.value.exports.stop()}>{t('cancel')}</Button>
          ) : (
            <a class="button" href={linkTo('records')}>
              {t('back')}
            </a>
          )}
        </div>
      </Form>
      {count.value !== undefined && <Count count={count.value} isDone={isDone.value} />}
    </section>
  )
}

function Count({ count, isDone }: { readonly count: ExportCount; readonly isDone: boolean }) {
  const { readings, batches, bytes, unopened, unheard } = count
  return (
    <>
      <Notice>
        {isDone && <strong>{t('export.done')}</strong>}
        <span>
          {t('export.count', { readings: number(readings), batches: number(batches) })}{' '}
          {bytes > 0 && t('export.size', { size: number(bytes / MEBI, 1) })}
        </span>
      </Notice>
      {isDone && unopened > 0 && <Notice tone="warn">{t('export.unopened', { count: unopened })}</Notice>}
      {isDone && unheard > 0 && <Notice tone="warn">{t('export.unheard', { count: unheard })}</Notice>}
    </>
  )
}

const fileName = (format: ExportFormat) =>
  `hygeia-${dateText(Date.now())}.${format === 'fhir' ? 'json' : 'csv'}`
