import { inflateSync } from 'fflate'
import type { Batch } from '../../src/batch/batch.ts'
import { decodeBatch, encodeBatch } from '../../src/batch/codec.ts'
import { fromHex } from '../../src/ids.ts'
import vectors from '../vectors/batch.json' with { type: 'json' }
import { type Checks, same } from './assert.ts'

export const batchChecks: Checks = Object.fromEntries(
  Object.entries(vectors).map(([name, { batch, cbor, padded }]) => [
    `batch: ${name}`,
    () => {
      same(decodeBatch(fromHex(padded)), batch, 'decoded')
      const encoded = encodeBatch(batch as unknown as Batch)
      const length = new DataView(encoded.buffer).getUint16(0)
      same(inflateSync(encoded.subarray(2, 2 + length)), cbor, 'encoded')
      same((encoded.length + 16) % 64, 0, 'padding')
    },
  ]),
)
