import type { Role } from '@hygeia/dapp/keys/role'
import { Button } from '../design/button.tsx'
import { Icon, Mark } from '../design/icon.tsx'
import { t } from '../words/words.ts'
import { Entrance } from './entrance.tsx'
import { FeedChip } from './feed-chip.tsx'
import { Foot } from './foot.tsx'
import { PLACES } from './places.ts'
import { linkTo, route } from './route.ts'
import { lock } from './session.ts'
import { Warnings } from './warnings.tsx'

/** Everything with open keys: the bar, the menu and the page of the place that the address names. */
export function Shell({ role }: { readonly role: Role }) {
  const places = PLACES[role]
  const here = places.find(({ path }) => path === route.value.place) ?? places[0]
  return (
    <div class="shell">
      <button type="button" class="button skip" onClick={() => document.getElementById('main')?.focus()}>
        {t('skip')}
      </button>
      <header class="bar">
        <span class="brand">
          <Mark />
          {t('brand')}
        </span>
        <span class="grow" />
        <FeedChip />
        <Button kind="plain" onClick={() => lock()}>
          <Icon name="lock" />
          {t('menu.lock')}
        </Button>
      </header>
      <nav class="places" aria-label={t('menu.places')}>
        <ul>
          {places.map(({ path, name, icon }) => (
            <li key={path}>
              <a href={linkTo(path)} aria-current={path === here?.path ? 'page' : undefined}>
                <Icon name={icon} />
                {t(name)}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <main id="main" tabIndex={-1} class="stack stack-wide">
        <Warnings />
        <Entrance role={role}>{here !== undefined && <here.Page key={here.path} />}</Entrance>
      </main>
      <Foot />
    </div>
  )
}
