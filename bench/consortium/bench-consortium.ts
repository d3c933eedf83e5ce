import { run } from '../report/programs.ts'
import { ConsortiumBench } from './context.ts'
import { HELD_BLOCKS, kuboImport } from './figures/kubo-import.ts'

await run<ConsortiumBench>({
  name: 'bench-consortium',
  // Limits in seconds.
  programs: {
    'kubo-import': [kuboImport, 120 + HELD_BLOCKS / 1_000],
  },
  share: () => new ConsortiumBench(),
  setting: 'real engines, all on this machine',
})
