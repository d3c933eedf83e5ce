import { fromHex } from '@hygeia/protocol/ids'
import t from 'tap'
import { Pins } from '../../../../src/verify/offline/pins.ts'
import { verifyOffline } from '../../../../src/verify/offline/verify.ts'
import frozen from '../../../vectors/offline-proof.json' with { type: 'json' }

t.test('a proof that was made once holds for ever', async (t) => {
  const verdicts = await verifyOffline(fromHex(frozen.bytes), Pins.parse(frozen.pins))
  t.same(
    verdicts.map(({ subject, outcome }) => ({ subject, outcome })),
    frozen.verdicts,
  )
})
