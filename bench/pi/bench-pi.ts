import { run } from '../report/programs.ts'
import { PiBench } from './context.ts'
import { RECORDED_SECONDS } from './ecg-bedside.ts'
import { atRest } from './figures/at-rest.ts'
import { button } from './figures/button.ts'
import { packageSize } from './figures/package-size.ts'
import { processor } from './figures/processor.ts'
import { startToSample } from './figures/start-to-sample.ts'
import { strain } from './figures/strain.ts'

await run<PiBench>({
  name: 'bench-pi',
  // In this order, because they share one machine; limits in seconds are for a machine that is busy.
  programs: {
    'package-size': [packageSize, 10],
    'at-rest': [atRest, 600],
    'start-to-sample': [startToSample, 400],
    button: [button, 400],
    processor: [processor, 300],
    strain: [strain, 2 * RECORDED_SECONDS + 400],
  },
  share: () => new PiBench(),
  setting:
    'a test Pi in user-mode Linux with one core and 512 MB, its chips and its hospital on the same machine',
})
