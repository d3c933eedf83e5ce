import type { Grant } from '@hygeia/protocol/grant/grant'
import { toHex } from '@hygeia/protocol/ids'
import type { SealedHeader } from '@hygeia/protocol/sealed/header'
import { openReencrypted, verifyCfrag } from '@hygeia/protocol/umbral/cfrag'
import { UmbralError } from '@hygeia/protocol/umbral/errors'
import type { FragKeys } from '@hygeia/protocol/umbral/kfrag'
import type { BatchFault } from './errors.ts'
import type { ProxyCfrags } from './gather.ts'

export type DataKey =
  | { readonly dataKey: Uint8Array; readonly fault?: never }
  | { readonly dataKey?: never; readonly fault: BatchFault }

/** Data keys out of cfrags, each distinct capsule once: a key epoch's batches share one. */
export class DataKeys {
  readonly #secret: Uint8Array
  readonly #grant: Grant
  readonly #keys: ReadonlyMap<string, FragKeys>
  readonly #opened = new Map<string, DataKey>()

  /** @param secret - the physician's receiving secret, 32 bytes */
  constructor(secret: Uint8Array, grant: Grant) {
    this.#secret = secret
    this.#grant = grant
    const { verifyingKey, receivingKey } = grant
    this.#keys = new Map(
      grant.labels.map(({ label, publicKey }) => [
        label,
        { verifyingKey, receivingKey, delegatingKey: publicKey },
      ]),
    )
  }

  /** The data key of one batch, or what kept it from being had. */
  of({ label, capsule, wrappedKey }: SealedHeader, answers: readonly ProxyCfrags[]): DataKey {
    const name = toHex(capsule)
    const id = `${label} ${name} ${toHex(wrappedKey)}`
    const held = this.#opened.get(id)
    if (held !== undefined) return held
    const opened = this.#open(label, name, { capsule, ciphertext: wrappedKey }, answers)
    this.#opened.set(id, opened)
    return opened
  }

  #open(
    label: string,
    name: string,
    wrapped: { readonly capsule: Uint8Array; readonly ciphertext: Uint8Array },
    answers: readonly ProxyCfrags[],
  ): DataKey {
    const keys = this.#keys.get(label)
    if (keys === undefined) return { fault: { code: 'OUTSIDE_GRANT' } }
    const offered = answers.flatMap(({ proxy, cfrags }) => {
      const cfrag = cfrags.get(name)
      return cfrag === undefined ? [] : [{ proxy, cfrag }]
    })
    const { threshold } = this.#grant
    if (offered.length < threshold) return { fault: { code: 'NO_CFRAGS' } }
    const open = (frags: typeof offered): DataKey => {
      const chosen = frags.slice(0, threshold).map(({ cfrag }) => cfrag)
      return { dataKey: openReencrypted(this.#secret, keys, wrapped, chosen) }
    }
    try {
      return open(offered)
    } catch (cause) {
      if (!(cause instanceof UmbralError)) throw cause
    }
    // Only now is it worth verifying each by itself: to name who sent a forged one, and to do without it.
    const good = offered.filter(({ cfrag }) => isGenuine(cfrag, wrapped.capsule, keys))
    const forgers = offered.filter((frag) => !good.includes(frag)).map(({ proxy }) => proxy)
    if (good.length < threshold) return { fault: { code: 'FORGED_CFRAGS', proxies: forgers } }
    try {
      return open(good)
    } catch (cause) {
      if (cause instanceof UmbralError) return { fault: { code: 'NOT_OPENED' } }
      throw cause
    }
  }
}

function isGenuine(cfrag: Uint8Array, capsule: Uint8Array, keys: FragKeys): boolean {
  try {
    verifyCfrag(cfrag, capsule, keys)
    return true
  } catch (cause) {
    if (cause instanceof UmbralError) return false
    throw cause
  }
}
