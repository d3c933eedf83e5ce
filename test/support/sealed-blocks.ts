import { hash, randomBytes } from 'node:crypto'
import { type Address, type Incarnation, toHex } from '@hygeia/protocol/ids'
import { formatLabel, monthOf } from '@hygeia/protocol/label'
import { encodeManifest } from '@hygeia/protocol/manifest/manifest'
import type { BatchLeaf } from '@hygeia/protocol/merkle/leaf'
import { CAPSULE_BYTES, encodeSealed, WRAPPED_KEY_BYTES } from '@hygeia/protocol/sealed/codec'
import type { UnixMs } from '@hygeia/protocol/units'

/** A batch as an IPFS node sees it. */
export interface SealedBlock {
  readonly digest: Uint8Array
  readonly bytes: Uint8Array
  readonly leaf: BatchLeaf
}

/** What a window of a minute with four channels comes to. */
const CIPHERTEXT_BYTES = 320
const SIGNATURE_BYTES = 64

/** `count` batches in the form of sealed ones. Random where keys and signatures would be: an IPFS node cannot tell. */
export function sealedBlocks(count: number): readonly SealedBlock[] {
  const to = Date.now() as UnixMs
  const label = formatLabel({ category: 'vitals', month: monthOf(to), generation: 0 })
  const device = toHex(randomBytes(20)) as string as Address
  const incarnation = toHex(randomBytes(8)) as string as Incarnation
  return Array.from({ length: count }, (_, sequence) => {
    const bytes = encodeSealed({
      device,
      label,
      incarnation,
      sequence,
      prev: undefined,
      from: (to - 60_000) as UnixMs,
      to,
      isDated: true,
      priority: 'vitals',
      capsule: randomBytes(CAPSULE_BYTES),
      wrappedKey: randomBytes(WRAPPED_KEY_BYTES),
      ciphertext: randomBytes(CIPHERTEXT_BYTES),
      signature: randomBytes(SIGNATURE_BYTES),
    })
    const digest = hash('sha256', bytes, 'buffer')
    return { digest, bytes, leaf: { device, incarnation, sequence, digest } }
  })
}

/** The manifest that names `blocks`. */
export function manifestOf(blocks: readonly SealedBlock[]) {
  const hospital = `0x${'52'.repeat(20)}` as Address
  const bytes = encodeManifest({ hospital, leaves: blocks.map(({ leaf }) => leaf) })
  return { bytes, digest: hash('sha256', bytes, 'buffer') }
}
