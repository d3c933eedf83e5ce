import './design/design.css'
import { render } from 'preact'
import { App } from './shell/app.tsx'
import { watchClock } from './shell/clock.ts'
import { readBuild } from './shell/foot.tsx'
import { watchIdle } from './shell/idle.ts'
import { watchRoute } from './shell/route.ts'
import { whenShown } from './shell/session.ts'
import { showTheme } from './shell/theme.ts'
import { watchVersions } from './shell/versions.ts'
import { beginWords } from './words/words.ts'

const BUILD_NAMED_MS = 2_000

showTheme()
await beginWords()
watchRoute()
watchClock()
watchIdle()
// What it fetches is for the next visit: this one comes first.
whenShown(watchVersions)
// Nobody compares a build before the keys are there. Served without a listing, as while it is being developed, it has no name.
setTimeout(() => readBuild().catch(() => {}), BUILD_NAMED_MS)
const root = document.getElementById('app')
if (root === null) throw new Error('no place to draw')
render(<App />, root)
