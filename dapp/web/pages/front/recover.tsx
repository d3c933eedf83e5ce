import { useSignal } from '@preact/signals'
import { Button, Segments } from '../../design/button.tsx'
import { Trouble } from '../../design/feedback.tsx'
import { Field, Form } from '../../design/field.tsx'
import { useAct } from '../../shell/act.ts'
import { RoomError } from '../../shell/room.ts'
import { room } from '../../shell/session.ts'
import { t } from '../../words/words.ts'

/** Least shares that open anything. */
const LEAST_SHARES = 2

export function Recover({ onFound, onBack }: { readonly onFound: () => void; readonly onBack: () => void }) {
  const way = useSignal<'words' | 'shares'>('words')
  const words = useSignal('')
  const shares = useSignal<readonly string[]>(Array.from({ length: LEAST_SHARES }, () => ''))
  const isWrong = useSignal(false)
  const take = useAct(async () => {
    isWrong.value = false
    const { vault } = room.value
    try {
      await (way.value === 'words'
        ? vault.takeWords(words.value)
        : vault.takeShares(shares.value.filter((share) => share.trim() !== '')))
    } catch (cause) {
      if (!(cause instanceof RoomError && cause.code === 'MALFORMED')) throw cause
      isWrong.value = true
      return
    }
    onFound()
  })
  const wrong = way.value === 'words' ? t('recover.badWords') : t('recover.badShares')
  return (
    <Form onSubmit={take.run}>
      <h1>{t('recover.title')}</h1>
      <Segments
        name={t('recover.way')}
        options={[
          ['words', t('recover.byWords')],
          ['shares', t('recover.byShares')],
        ]}
        value={way.value}
        onChoose={(chosen) => {
          way.value = chosen
          isWrong.value = false
        }}
      />
      {way.value === 'words' ? (
        <Field
          label={t('recover.words')}
          rows={5}
          isCode
          value={words.value}
          onInput={(text) => {
            words.value = text
          }}
        />
      ) : (
        <>
          {shares.value.map((share, index) => (
            <Field
              key={index}
              label={t('recover.share', { number: index + 1 })}
              isCode
              value={share}
              onInput={(text) => {
                shares.value = shares.value.with(index, text)
              }}
            />
          ))}
          <div>
            <Button
              kind="plain"
              onClick={() => {
                shares.value = [...shares.value, '']
              }}
            >
              {t('recover.another')}
            </Button>
          </div>
        </>
      )}
      <Trouble text={isWrong.value ? wrong : take.trouble.value} />
      <div class="row">
        <Button kind="main" type="submit" isBusy={take.isBusy.value}>
          {t('recover.take')}
        </Button>
        <Button kind="plain" onClick={onBack}>
          {t('back')}
        </Button>
      </div>
    </Form>
  )
}
