import type { Role } from '@hygeia/dapp/keys/role'
import { useSignal } from '@preact/signals'
import { Front } from './front.tsx'
import { ChoosePassphrase } from './passphrase.tsx'
import { Recover } from './recover.tsx'
import { Welcome } from './welcome.tsx'
import { ConfirmWords, ShowWords } from './words.tsx'

type Step =
  | { readonly at: 'welcome' | 'recover' | 'confirm' | 'passphrase' }
  | { readonly at: 'words'; readonly words: readonly string[] }

/** From nothing to open keys. */
export function FirstRun() {
  const step = useSignal<Step>({ at: 'welcome' })
  const role = useSignal<Role>('patient')
  const goTo = (next: Step) => {
    step.value = next
  }
  return <Front>{pageOf()}</Front>

  function pageOf() {
    const current = step.value
    switch (current.at) {
      case 'welcome':
        return (
          <Welcome
            role={role}
            onDrawn={(words) => goTo({ at: 'words', words })}
            onRecover={() => goTo({ at: 'recover' })}
          />
        )
      case 'words':
        return <ShowWords words={current.words} onWritten={() => goTo({ at: 'confirm' })} />
      case 'confirm':
        return (
          <ConfirmWords
            onConfirmed={() => goTo({ at: 'passphrase' })}
            onAgain={() => goTo({ at: 'welcome' })}
          />
        )
      case 'recover':
        return <Recover onFound={() => goTo({ at: 'passphrase' })} onBack={() => goTo({ at: 'welcome' })} />
      case 'passphrase':
        return <ChoosePassphrase role={role.value} />
    }
  }
}
