import type { ComponentChildren } from 'preact'
import { Segments } from '../../design/button.tsx'
import { Mark } from '../../design/icon.tsx'
import { Foot } from '../../shell/foot.tsx'
import { choose, isLanguage, LANGUAGES, language, t } from '../../words/words.ts'

const OPTIONS = Object.entries(LANGUAGES).filter(
  (entry): entry is [keyof typeof LANGUAGES, (typeof LANGUAGES)[keyof typeof LANGUAGES]] =>
    isLanguage(entry[0]),
)

/** The frame of every page before the keys are open. */
export function Front({ children }: { readonly children: ComponentChildren }) {
  return (
    <div class="front">
      <header class="row row-apart">
        <span class="brand">
          <Mark />
          {t('brand')}
        </span>
        <Segments
          name={t('settings.language')}
          options={OPTIONS}
          value={language()}
          onChoose={(chosen) => void choose(chosen)}
        />
      </header>
      <main>
        <div class="card card-roomy stack stack-wide">{children}</div>
      </main>
      <Foot />
    </div>
  )
}
