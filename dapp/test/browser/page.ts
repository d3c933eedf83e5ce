import { fromHex } from '@hygeia/protocol/ids'
import { Pins } from '../../src/verify/offline/pins.ts'
import { verifyOffline } from '../../src/verify/offline/verify.ts'
import frozen from '../vectors/offline-proof.json' with { type: 'json' }

// Verifies the frozen proof in the page and leaves what it says where the test reads it.
const verdicts = await verifyOffline(fromHex(frozen.bytes), Pins.parse(frozen.pins))
document.documentElement.dataset.result = JSON.stringify(
  verdicts.map(({ subject, outcome }) => ({ subject, outcome })),
)
