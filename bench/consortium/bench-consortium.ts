import { run } from '../report/programs.ts'
import { PERIOD_SEC } from '../report/published.ts'
import { ConsortiumBench } from './context.ts'
import { kuboFetch } from './figures/kubo-fetch.ts'
import { HELD_BLOCKS, kuboImport } from './figures/kubo-import.ts'
import { revocation } from './figures/revocation.ts'
import { sendData } from './figures/send-data.ts'
import { size } from './figures/size.ts'
import { start } from './figures/start.ts'
import { sustained } from './figures/sustained.ts'

await run<ConsortiumBench>({
  name: 'bench-consortium',
  // Limits in seconds. All but those of Kubo alone share three hospitals.
  programs: {
    'kubo-import': [kuboImport, 120 + HELD_BLOCKS / 1_000],
    'kubo-fetch': [kuboFetch, 300],
    'send-data': [sendData, 900],
    revocation: [revocation, 600],
    size: [size, 600],
    sustained: [sustained, 1_200],
    start: [start, 900],
  },
  share: () => new ConsortiumBench(),
  setting: `block ${PERIOD_SEC} s, geth and Kubo, all on this machine`,
})
