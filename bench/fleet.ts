import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { encodeBatch } from '@hygeia/protocol/batch/codec'
import { type ChannelName, channelNamed } from '@hygeia/protocol/channel'
import { type BootId, type Incarnation, toHex } from '@hygeia/protocol/ids'
import { formatLabel, monthOf } from '@hygeia/protocol/label'
import type { LabelKey } from '@hygeia/protocol/label-keys/label-keys'
import type { Sample } from '@hygeia/protocol/sample'
import { sealBatch } from '@hygeia/protocol/sealed/seal'
import { sealedDigester } from '@hygeia/protocol/sealed/signing'
import { addressOfPublicKey, type Signer } from '@hygeia/protocol/signature'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import { type Wrapped, wrap } from '@hygeia/protocol/umbral/encrypt'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'

/** The part of the native library that signing needs: a load generator must not be slower than what it loads. */
interface NativeSecp256k1 {
  publicKeyCreate(key: Uint8Array, compressed: boolean): Uint8Array
  ecdsaSign(digest: Uint8Array, key: Uint8Array): { readonly signature: Uint8Array; readonly recid: number }
}
const secp256k1 = createRequire(import.meta.url)('secp256k1') as NativeSecp256k1

export function nativeSigner(key: Uint8Array = randomBytes(32)): Signer {
  return {
    address: addressOfPublicKey(secp256k1.publicKeyCreate(key, false)),
    sign(digest) {
      const { signature, recid } = secp256k1.ecdsaSign(digest, key)
      const compact = Uint8Array.from(signature)
      if (recid === 1) compact[32] = (compact[32] ?? 0) | 0x80
      return compact
    },
  }
}

const WINDOW_MS = 60_000

/** Four channels at 1 Hz with the noise that their sensors have. */
const NOISE: readonly { readonly channel: string; readonly start: number; readonly step: () => number }[] = [
  // An algorithm's output, in tenths: it moves slowly and often not at all.
  { channel: 'heart-rate', start: 720, step: () => spread([-2, -1, -1, 0, 0, 0, 0, 1, 1, 2]) },
  { channel: 'pulse', start: 722, step: () => spread([-2, -1, -1, 0, 0, 0, 0, 1, 1, 2]) },
  { channel: 'spo2', start: 970, step: () => spread([-1, 0, 0, 0, 0, 0, 0, 0, 0, 1]) },
  // TMP117 repeats within one count of 1/128 °C (SNOSD82D §6.5).
  { channel: 'skin-temperature', start: 4_300, step: () => spread([-1, 0, 0, 1]) },
]

function spread(steps: readonly number[]): number {
  return steps[Math.floor(Math.random() * steps.length)] ?? 0
}

/** Windows under one data key: 15 minutes. */
export const EPOCH_WINDOWS = 15

/** One window of 240 readings, as its device would hand it to be sealed. */
export function noisyWindow(from: UnixMs, boot: BootId): Uint8Array {
  const columns = NOISE.map(({ channel, start, step }) => {
    const { name, perUnit } = channelNamed(channel)
    let counts = start
    const samples = Array.from({ length: WINDOW_MS / 1_000 }, (_, second): Sample => {
      counts += step()
      return { channel: name as ChannelName, at: (second * 1_000) as MonotonicMs, value: counts / perUnit }
    })
    return { channel: name, samples }
  })
  return encodeBatch({ time: { boot, offsetMs: from, steps: [] }, columns })
}

export interface SealedPiece {
  readonly block: Uint8Array
  readonly cid: Uint8Array
  readonly sequence: number
}

/** A device without a bedside: seals windows as the agent does, as fast as it can. */
export class FleetDevice {
  readonly signer: Signer
  readonly incarnation = toHex(randomBytes(8)) as string as Incarnation
  readonly #boot = toHex(randomBytes(8)) as string as BootId
  readonly #digest: ReturnType<typeof sealedDigester>
  readonly #keys: readonly LabelKey[]
  #dataKey: Uint8Array = randomBytes(32)
  #wrapped: Wrapped | undefined
  #sequence = 0
  #prev: Uint8Array | undefined

  constructor(realm: Realm, keys: readonly LabelKey[], signer: Signer = nativeSigner()) {
    this.signer = signer
    this.#digest = sealedDigester(realm)
    this.#keys = keys
  }

  /** Begin a new key epoch, as happens every 15 minutes. */
  renewDataKey(): void {
    this.#dataKey = randomBytes(32)
    this.#wrapped = undefined
  }

  /** @param padded - from `noisyWindow`; the same window may be sealed many times */
  seal(padded: Uint8Array, from: UnixMs): SealedPiece {
    const label = formatLabel({ category: 'vitals', month: monthOf(from), generation: 0 })
    const key = this.#keys.find((known) => known.label === label)
    if (key === undefined) throw new Error(`no key for ${label}`)
    this.#wrapped ??= wrap(key.publicKey, this.#dataKey)
    const sequence = this.#sequence++
    const { block, cid } = sealBatch(
      padded,
      {
        device: this.signer.address,
        label,
        incarnation: this.incarnation,
        sequence,
        prev: this.#prev,
        from,
        to: (from + WINDOW_MS - 1_000) as UnixMs,
        isDated: true,
        priority: 'vitals',
        capsule: this.#wrapped.capsule,
        wrappedKey: this.#wrapped.ciphertext,
      },
      this.#dataKey,
      this.signer,
      this.#digest,
    )
    this.#prev = cid
    return { block, cid, sequence }
  }

  /** Seal so many windows of four channels at 1 Hz, a minute each, with a new data key every 15 minutes. */
  sealMinutes(from: UnixMs, minutes: number): readonly SealedPiece[] {
    return Array.from({ length: minutes }, (_, minute) => {
      if (minute % EPOCH_WINDOWS === 0) this.renewDataKey()
      const at = (from + minute * WINDOW_MS) as UnixMs
      return this.seal(noisyWindow(at, this.#boot), at)
    })
  }

  get boot(): BootId {
    return this.#boot
  }
}
