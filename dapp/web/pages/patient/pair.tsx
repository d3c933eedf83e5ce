import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Button } from '../../design/button.tsx'
import { Loading, Notice, Trouble } from '../../design/feedback.tsx'
import { Qr } from '../../design/qr.tsx'
import { useAct } from '../../shell/act.ts'
import { linkTo } from '../../shell/route.ts'
import { room } from '../../shell/session.ts'
import { t } from '../../words/words.ts'

const LIFE_MINUTES = 15

type Step =
  | { readonly at: 'begin' }
  | { readonly at: 'shown'; readonly text: string }
  | { readonly at: 'compare'; readonly words: readonly string[] }
  | { readonly at: 'differ' | 'done' }

/** From a code on this screen to a device that is bound to the patient. */
export function Pair() {
  const step = useSignal<Step>({ at: 'begin' })
  const begin = useAct(async () => {
    const { patient } = room.value
    const { text } = await patient.beginPairing()
    step.value = { at: 'shown', text }
    const { words } = await patient.awaitDevice()
    step.value = { at: 'compare', words }
  })
  const complete = useAct(async () => {
    await room.value.patient.completePairing()
    step.value = { at: 'done' }
  })
  useEffect(() => {
    const asked = room.value
    void begin.run()
    return () => {
      // Whatever is waited for is over with the page.
      asked.patient.cancelPairing().catch(() => {})
    }
  }, [])
  return (
    <section class="card card-roomy stack">
      <h1>{t('pair.title')}</h1>
      <Trouble text={begin.trouble.value ?? complete.trouble.value} />
      {pageOf(step.value)}
      {begin.trouble.value !== undefined && <Again onAgain={begin.run} />}
    </section>
  )

  function pageOf(current: Step) {
    switch (current.at) {
      case 'begin':
        return begin.trouble.value === undefined ? <Loading /> : null
      case 'shown':
        return <Shown text={current.text} isWaiting={begin.isBusy.value} />
      case 'compare':
        return (
          <Compare
            words={current.words}
            isBusy={complete.isBusy.value}
            onSame={complete.run}
            onDiffer={() => {
              void room.value.patient.cancelPairing()
              step.value = { at: 'differ' }
            }}
          />
        )
      case 'differ':
        return (
          <>
            <Notice tone="bad">{t('pair.differText')}</Notice>
            <Again onAgain={begin.run} />
          </>
        )
      case 'done':
        return (
          <>
            <Notice>
              <strong>{t('pair.done')}</strong>
              <span>{t('pair.doneText')}</span>
            </Notice>
            <div class="row">
              <a class="button button-main" href={linkTo('now')}>
                {t('pair.see')}
              </a>
            </div>
          </>
        )
    }
  }
}

function Again({ onAgain }: { readonly onAgain: () => void }) {
  return (
    <div class="row">
      <Button kind="main" onClick={onAgain}>
        {t('again')}
      </Button>
    </div>
  )
}

function Shown({ text, isWaiting }: { readonly text: string; readonly isWaiting: boolean }) {
  const isCopied = useSignal(false)
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    isCopied.value = true
  }
  return (
    <>
      <p>{t('pair.text', { minutes: LIFE_MINUTES })}</p>
      <Qr text={text} name={t('pair.qr')} />
      <details>
        <summary>{t('pair.show')}</summary>
        <div class="stack stack-tight">
          <code class="ltr" data-enrolment>
            {text}
          </code>
          <div>
            <Button onClick={() => void copy()}>{t(isCopied.value ? 'copied' : 'copy')}</Button>
          </div>
        </div>
      </details>
      {isWaiting && <Loading text={t('pair.wait')} />}
    </>
  )
}

interface CompareProps {
  readonly words: readonly string[]
  readonly isBusy: boolean
  readonly onSame: () => void
  readonly onDiffer: () => void
}

function Compare({ words, isBusy, onSame, onDiffer }: CompareProps) {
  return (
    <>
      <h2>{t('pair.compare')}</h2>
      <ol class="words" lang="en">
        {words.map((word, place) => (
          <li key={`${place} ${word}`}>{word}</li>
        ))}
      </ol>
      <p class="quiet">{t('pair.compareText')}</p>
      <div class="row">
        <Button kind="main" isBusy={isBusy} onClick={onSame}>
          {isBusy ? t('pair.working') : t('pair.same')}
        </Button>
        {!isBusy && <Button onClick={onDiffer}>{t('pair.differ')}</Button>}
      </div>
    </>
  )
}
