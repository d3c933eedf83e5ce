import { randomBytes } from 'node:crypto'
import type { BootId } from '@hygeia/protocol/ids'
import type { Label } from '@hygeia/protocol/label'
import { DATA_KEY_BYTES } from '@hygeia/protocol/sealed/key'
import { wrap } from '@hygeia/protocol/umbral/encrypt'

/** A data key and how it travels. */
export interface DataKey {
  readonly key: Uint8Array
  readonly capsule: Uint8Array
  readonly wrappedKey: Uint8Array
}

/** When a batch began, on whatever clock is known. */
export interface Beginning {
  readonly boot: BootId
  readonly isDated: boolean
  /** UTC when dated, else monotonic, ms. */
  readonly at: number
}

/**
 * Data keys, one for each label and key epoch, in memory only.
 *
 * Epochs go by the time of the samples, so that a recording played fast is sealed like one played live.
 */
export class DataKeys {
  readonly #epochMs: number
  readonly #current = new Map<Label, { readonly epoch: string; readonly dataKey: DataKey }>()

  /** @param epochMs - 0 makes a key for every batch */
  constructor({ epochMs }: { epochMs: number }) {
    this.#epochMs = epochMs
  }

  keyFor(label: Label, publicKey: Uint8Array, { boot, isDated, at }: Beginning): DataKey {
    if (this.#epochMs === 0) return freshKey(publicKey)
    const epoch = `${isDated ? 'utc' : boot} ${Math.floor(at / this.#epochMs)}`
    const current = this.#current.get(label)
    if (current?.epoch === epoch) return current.dataKey
    const dataKey = freshKey(publicKey)
    // Labels of months gone by would otherwise stay for ever.
    if (current === undefined && this.#current.size >= LABELS_KEPT) this.#current.clear()
    this.#current.set(label, { epoch, dataKey })
    return dataKey
  }
}

const LABELS_KEPT = 16

function freshKey(publicKey: Uint8Array): DataKey {
  const key = new Uint8Array(randomBytes(DATA_KEY_BYTES))
  const { capsule, ciphertext } = wrap(publicKey, key)
  return { key, capsule, wrappedKey: ciphertext }
}
