import type { Grant } from '@hygeia/protocol/grant/grant'
import { type Address, toHex } from '@hygeia/protocol/ids'
import type { SealedHeader } from '@hygeia/protocol/sealed/header'
import { openReencrypted, verifyCfrag } from '@hygeia/protocol/umbral/cfrag'
import type { Wrapped } from '@hygeia/protocol/umbral/encrypt'
import { UmbralError } from '@hygeia/protocol/umbral/errors'
import type { FragKeys } from '@hygeia/protocol/umbral/kfrag'
import type { ProxyCfrags } from './ask.ts'
import type { Conduct } from './conduct.ts'
import type { BatchFault } from './errors.ts'

export type DataKey =
  | { readonly dataKey: Uint8Array; readonly fault?: never }
  | { readonly dataKey?: never; readonly fault: BatchFault }

/** Where cfrags come from: answers in the order in which they came in. */
export interface Answers {
  answer(index: number): Promise<ProxyCfrags | undefined>
}

interface Frag {
  readonly proxy: Address
  readonly cfrag: Uint8Array
}

/** Most choices of cfrags that are tried for one capsule: 2 of 16 and 3 of 8 in full. */
const CHOICES_LIMIT = 128

/** Data keys out of cfrags, each distinct capsule once: a key epoch's batches share one. */
export class DataKeys {
  readonly #secret: Uint8Array
  readonly #grant: Grant
  readonly #conduct: Conduct
  readonly #keys: ReadonlyMap<string, FragKeys>
  readonly #opened = new Map<string, DataKey>()
  /** What could not be opened with some answers may be with later ones. */
  readonly #failed = new WeakMap<Answers, Map<string, DataKey>>()

  /** @param secret - the physician's receiving secret, 32 bytes */
  constructor(secret: Uint8Array, grant: Grant, conduct: Conduct) {
    this.#secret = secret
    this.#grant = grant
    this.#conduct = conduct
    const { verifyingKey, receivingKey } = grant
    this.#keys = new Map(
      grant.labels.map(({ label, publicKey }) => [
        label,
        { verifyingKey, receivingKey, delegatingKey: publicKey },
      ]),
    )
  }

  /** The data key of one batch, or what kept it from being had. @param cid - as it was asked for */
  async of(cid: string, { label, capsule, wrappedKey }: SealedHeader, answers: Answers): Promise<DataKey> {
    const id = `${label} ${toHex(capsule)} ${toHex(wrappedKey)}`
    const failed = this.#failed.get(answers) ?? new Map<string, DataKey>()
    const held = this.#opened.get(id) ?? failed.get(id)
    if (held !== undefined) return held
    const keys = this.#keys.get(label)
    if (keys === undefined) return { fault: { code: 'OUTSIDE_GRANT' } }
    const opened = await this.#open(cid, { capsule, ciphertext: wrappedKey }, keys, answers)
    if (opened.fault === undefined) this.#opened.set(id, opened)
    else this.#failed.set(answers, failed.set(id, opened))
    return opened
  }

  /** Take cfrags as they come until the threshold's number of genuine ones opens it. */
  async #open(cid: string, wrapped: Wrapped, keys: FragKeys, answers: Answers): Promise<DataKey> {
    const { threshold } = this.#grant
    const name = toHex(wrapped.capsule)
    const forgers: Address[] = []
    let frags: readonly Frag[] = []
    for (let index = 0; ; index++) {
      const answer = await answers.answer(index)
      if (answer === undefined) return { fault: this.#faultOf(frags, forgers) }
      const { proxy, cfrags, missing } = answer
      const cfrag = cfrags.get(name)
      if (cfrag === undefined) {
        this.#conduct.saw(proxy, { code: missing.has(cid) ? 'BATCH_MISSING' : 'WITHHELD_CFRAGS' })
        continue
      }
      frags = [...frags, { proxy, cfrag }]
      if (frags.length < threshold) continue
      const opened = this.#openWith(frags, wrapped, keys)
      if (opened !== undefined) return opened
      // Only now is it worth verifying each by itself: to name who sent a forged one, and to do without it.
      const genuine = frags.filter((frag) => isGenuine(frag.cfrag, wrapped.capsule, keys))
      for (const frag of frags) {
        if (genuine.includes(frag)) continue
        forgers.push(frag.proxy)
        this.#conduct.saw(frag.proxy, { code: 'FORGED_CFRAGS' })
      }
      frags = genuine
    }
  }

  /** Try the newest cfrag with the others. Those left out of a choice that opens are of another dealing. */
  #openWith(frags: readonly Frag[], wrapped: Wrapped, keys: FragKeys): DataKey | undefined {
    const newest = frags.at(-1)
    if (newest === undefined) return undefined
    let tries = 0
    for (const others of choices(frags.slice(0, -1), this.#grant.threshold - 1)) {
      if (tries++ === CHOICES_LIMIT) return undefined
      const chosen = [...others, newest]
      try {
        const cfrags = chosen.map(({ cfrag }) => cfrag)
        const dataKey = openReencrypted(this.#secret, keys, wrapped, cfrags)
        for (const { proxy } of frags.filter((frag) => !chosen.includes(frag))) {
          this.#conduct.saw(proxy, { code: 'FOREIGN_CFRAGS' })
        }
        return { dataKey }
      } catch (cause) {
        if (!(cause instanceof UmbralError)) throw cause
      }
    }
    return undefined
  }

  #faultOf(genuine: readonly Frag[], forgers: readonly Address[]): BatchFault {
    const { threshold, proxies } = this.#grant
    if (genuine.length >= threshold) return { code: 'NOT_OPENED' }
    if (forgers.length === 0) return { code: 'NO_CFRAGS' }
    const named = proxies.map(({ hospital }) => hospital).filter((hospital) => forgers.includes(hospital))
    return { code: 'FORGED_CFRAGS', proxies: named }
  }
}

/** Every way to take `count` of `list`. */
function* choices<T>(list: readonly T[], count: number): Generator<readonly T[]> {
  if (count === 0) {
    yield []
    return
  }
  for (let index = 0; index + count <= list.length; index++) {
    const first = list.slice(index, index + 1)
    for (const rest of choices(list.slice(index + 1), count - 1)) yield [...first, ...rest]
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
