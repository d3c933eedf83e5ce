import t from 'tap'
import { encodeBatch } from '../../../src/batch/codec.ts'
import { parseAddress, parseHex32, parseIncarnation } from '../../../src/ids.ts'
import { asLabel } from '../../../src/label.ts'
import { cidOf } from '../../../src/sealed/cid.ts'
import { sealBatch } from '../../../src/sealed/seal.ts'
import { sealedDigester } from '../../../src/sealed/signing.ts'
import { keySigner } from '../../../src/signature.ts'
import type { UnixMs } from '../../../src/units.ts'
import { minuteOf, Noise } from '../../support/sensor-noise.ts'

const READINGS = 4 * 60
const signer = keySigner(new Uint8Array(32).fill(7))
const digest = sealedDigester({
  chainId: Number.MAX_SAFE_INTEGER,
  directory: parseAddress(`0x${'11'.repeat(20)}`),
  genesis: parseHex32(`0x${'22'.repeat(32)}`),
})

/** Bytes of what goes over the wire for one minute. */
function sealedBytes(noise: Noise, minute: number, jitterMs: number): number {
  const header = {
    device: signer.address,
    label: asLabel('vitals/2026-12/10'),
    incarnation: parseIncarnation('0x0102030405060708'),
    sequence: 1_000_000,
    prev: cidOf(Uint8Array.of(minute)),
    from: 1_800_000_000_123 as UnixMs,
    to: 1_800_000_059_123 as UnixMs,
    isDated: true,
    priority: 'vitals',
    capsule: new Uint8Array(105),
    wrappedKey: new Uint8Array(72),
  } as const
  const padded = encodeBatch(minuteOf(noise, minute, jitterMs))
  return sealBatch(padded, header, new Uint8Array(32), signer, digest).block.length
}

t.test(
  'a minute of four 1 Hz channels with the noise of their sensors seals to 2.5 bytes a reading',
  async (t) => {
    for (const jitterMs of [0, 1]) {
      const noise = new Noise(1 + jitterMs)
      const sizes = Array.from({ length: 100 }, (_, minute) => sealedBytes(noise, minute, jitterMs))
      const largest = Math.max(...sizes)
      t.ok(largest <= 2.5 * READINGS, `${largest} bytes at most, samples up to ${jitterMs} ms late`)
    }
  },
)
