import { Loading } from '../design/feedback.tsx'
import { Elsewhere } from '../pages/front/elsewhere.tsx'
import { FirstRun } from '../pages/front/first-run.tsx'
import { Front } from '../pages/front/front.tsx'
import { Unlock } from '../pages/front/unlock.tsx'
import { standing, tab } from './session.ts'
import { Shell } from './shell.tsx'

/** Which of the few states the whole page is in. */
export function App() {
  if (tab.isHeld.value === false) return <Elsewhere />
  const found = standing.value
  switch (found?.state) {
    case undefined:
      return (
        <Front>
          <Loading />
        </Front>
      )
    case 'empty':
      return <FirstRun />
    case 'locked':
      return <Unlock standing={found} />
    case 'open':
      return <Shell role={found.role} />
  }
}
