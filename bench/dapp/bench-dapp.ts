import { run } from '../report/programs.ts'
import { PERIOD_SEC } from '../report/published.ts'
import { DappBench } from './context.ts'
import { firstLoad } from './figures/first-load.ts'
import { live } from './figures/live.ts'
import { moving } from './figures/moving.ts'
import { opening } from './figures/opening.ts'

await run<DappBench>({
  name: 'bench-dapp',
  // In this order: moving takes the charts that opening leaves. Limits in seconds.
  programs: {
    'first-load': [firstLoad, 300],
    opening: [opening, 600],
    moving: [moving, 120],
    live: [live, 300],
  },
  share: () => new DappBench(),
  setting: `headless Chromium without a graphics processor, a hospital in a process of its own, block ${PERIOD_SEC} s`,
})
