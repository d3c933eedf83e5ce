import { randomBytes } from 'node:crypto'
import type { Address, Incarnation } from '@hygeia/protocol/ids'
import { asLabel } from '@hygeia/protocol/label'
import { cidOf } from '@hygeia/protocol/sealed/cid'
import { encodeSealed } from '@hygeia/protocol/sealed/codec'
import type { UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { capsuleIn } from '../../../src/reencrypt/capsule.ts'

const batch = {
  device: `0x${'ab'.repeat(20)}` as Address,
  label: asLabel('vitals/2026-01/0'),
  incarnation: `0x${'cd'.repeat(8)}` as Incarnation,
  from: 1_700_000_000_000 as UnixMs,
  to: 1_700_000_060_000 as UnixMs,
  priority: 'vitals' as const,
  ciphertext: new Uint8Array(64),
  signature: new Uint8Array(64),
}

t.test('the capsule is found whatever stands before it', async (t) => {
  // Integers of every length in CBOR, and with and without a predecessor.
  for (const sequence of [0, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]) {
    for (const prev of [undefined, cidOf(randomBytes(8))]) {
      for (const label of [batch.label, asLabel('environment/2026-01/123456789')]) {
        const [capsule, wrappedKey] = [randomBytes(105), randomBytes(72)]
        const block = encodeSealed({
          ...batch,
          label,
          sequence,
          prev,
          isDated: sequence % 2 === 0,
          capsule,
          wrappedKey,
        })
        t.same(Buffer.from(capsuleIn(block)), capsule, `${label}, sequence ${sequence}`)
      }
    }
  }
})

t.test('a block without one is a fault of ours', async (t) => {
  t.throws(() => capsuleIn(randomBytes(10)))
  t.throws(() => capsuleIn(new Uint8Array(0)))
})
