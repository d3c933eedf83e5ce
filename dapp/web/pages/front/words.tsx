import { useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import { Button } from '../../design/button.tsx'
import { Notice, Trouble } from '../../design/feedback.tsx'
import { Field, Form } from '../../design/field.tsx'
import { useAct } from '../../shell/act.ts'
import { room } from '../../shell/session.ts'
import { t } from '../../words/words.ts'

const WORDS = 24
const ASKED = 3

/** The only time that the words are outside of the worker. */
export function ShowWords({
  words,
  onWritten,
}: {
  readonly words: readonly string[]
  readonly onWritten: () => void
}) {
  return (
    <>
      <div class="stack">
        <h1>{t('words.title')}</h1>
        <p>{t('words.text')}</p>
      </div>
      <ol class="words" lang="en">
        {words.map((word, place) => (
          <li key={place}>{word}</li>
        ))}
      </ol>
      <Notice tone="warn">{t('words.advice')}</Notice>
      <div class="row">
        <Button kind="main" onClick={onWritten}>
          {t('words.written')}
        </Button>
      </div>
    </>
  )
}

/** Three places, rising, that nobody can know before. */
function places(): readonly number[] {
  const chosen = new Set<number>()
  while (chosen.size < ASKED) {
    const [byte = 0] = crypto.getRandomValues(new Uint8Array(1))
    chosen.add(byte % WORDS)
  }
  return [...chosen].sort((a, b) => a - b)
}

export function ConfirmWords({
  onConfirmed,
  onAgain,
}: {
  readonly onConfirmed: () => void
  readonly onAgain: () => void
}) {
  const asked = useMemo(places, [])
  const given = useSignal<Readonly<Record<number, string>>>({})
  const isWrong = useSignal(false)
  const check = useAct(async () => {
    const words = asked.map((place) => ({ place, word: given.value[place] ?? '' }))
    if (await room.value.vault.confirm(words)) onConfirmed()
    else isWrong.value = true
  })
  return (
    <Form onSubmit={check.run}>
      <h1>{t('words.confirmTitle')}</h1>
      <p>{t('words.confirmText')}</p>
      {asked.map((place) => (
        <Field
          key={place}
          label={t('words.nth', { place: place + 1 })}
          value={given.value[place] ?? ''}
          isCode
          onInput={(word) => {
            isWrong.value = false
            given.value = { ...given.value, [place]: word }
          }}
        />
      ))}
      <Trouble text={isWrong.value ? t('words.wrong') : check.trouble.value} />
      <div class="row">
        <Button kind="main" type="submit" isBusy={check.isBusy.value}>
          {t('next')}
        </Button>
        <Button kind="plain" onClick={onAgain}>
          {t('words.seeAgain')}
        </Button>
      </div>
    </Form>
  )
}
