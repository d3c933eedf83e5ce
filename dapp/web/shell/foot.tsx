import { signal } from '@preact/signals'
import { t } from '../words/words.ts'

const build = signal<string | undefined>(undefined)

/** The hash over all files of this build, as `dapp.json` beside them says. */
export async function readBuild(): Promise<void> {
  const response = await fetch('./dapp.json')
  const listing: unknown = await response.json()
  if (typeof listing !== 'object' || listing === null || !('hash' in listing)) return
  if (/^[0-9a-f]{64}$/.test(String(listing.hash))) build.value = String(listing.hash)
}
export function Foot() {
  return (
    <footer class="foot">
      {build.value !== undefined && (
        <details>
          <summary>
            {t('foot.build', { hash: '' })}
            <code class="ltr">{build.value.slice(0, 16)}</code>
          </summary>
          <p>
            <code class="ltr">{build.value}</code>
          </p>
          <p>{t('foot.check')}</p>
        </details>
      )}
    </footer>
  )
}
