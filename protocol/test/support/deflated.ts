import { deflateRawSync, inflateRawSync } from 'node:zlib'

/** Bytes of CBOR as a padded batch, without any attempt to compress them. */
export function stored(cbor: Uint8Array): Uint8Array {
  return padded(deflateRawSync(cbor, { level: 0 }))
}

/** Deflated bytes as `encodeBatch` pads them: length, bytes, zeros up to a multiple of 64 less 16. */
export function padded(deflated: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((2 + deflated.length + 16) / 64) * 64 - 16)
  new DataView(bytes.buffer).setUint16(0, deflated.length)
  bytes.set(deflated, 2)
  return bytes
}

/** CBOR in a padded batch, inflated by zlib. */
export function inflated(batch: Uint8Array): Uint8Array {
  const { buffer, byteOffset } = batch
  const length = new DataView(buffer, byteOffset).getUint16(0)
  return Uint8Array.from(inflateRawSync(batch.subarray(2, 2 + length)))
}
