import { type ClockStep, type TimeReference, toColumns } from '@hygeia/protocol/batch/batch'
import { encodeBatch, TAG_BYTES } from '@hygeia/protocol/batch/codec'
import type { Category } from '@hygeia/protocol/channel'
import type { BootId, Incarnation } from '@hygeia/protocol/ids'
import type { Label } from '@hygeia/protocol/label'
import type { Sample } from '@hygeia/protocol/sample'
import { digestOfCid } from '@hygeia/protocol/sealed/cid'
import { SEALED_LIMIT_BYTES } from '@hygeia/protocol/sealed/codec'
import type { Priority } from '@hygeia/protocol/sealed/header'
import { sealBatch } from '@hygeia/protocol/sealed/seal'
import { sealedDigester } from '@hygeia/protocol/sealed/signing'
import type { Signer } from '@hygeia/protocol/signature'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import type { UnixMs } from '@hygeia/protocol/units'
import type { LabelBook } from '../label-keys/label-book.ts'
import type { DataKeys } from './data-keys.ts'
import type { LabelMonths } from './label-months.ts'

/** Room for everything in a block but the ciphertext. */
const OVERHEAD_BYTES = 640

/** Samples that belong into one batch, and what dates them. */
export interface Sealable {
  readonly category: Category
  readonly samples: readonly Sample[]
  readonly time: TimeReference
  /** What the wall clock said, right or wrong, − monotonic: an estimate for what is not dated. */
  readonly wallOffsetMs: number
}

/** A batch that only the patient can open. */
export interface Sealed {
  readonly incarnation: Incarnation
  readonly sequence: number
  readonly priority: Priority
  readonly label: Label
  readonly cid: Uint8Array
  /** SHA-256 digest in the CID. */
  readonly digest: Uint8Array
  readonly block: Uint8Array
  readonly isDated: boolean
  readonly sampleCount: number
}

/** Gives out what makes each batch the only one of its name; consumed durably before it is returned. */
export interface Sequences {
  readonly incarnation: Incarnation
  /** @throws {DiskError} when it cannot be consumed durably */
  takeSequence(): number
  /** Last batch that was kept. */
  readonly head: { readonly sequence: number; readonly cid: Uint8Array } | undefined
}

export interface SealerOptions {
  readonly priorities: Readonly<Record<Category, Priority>>
}

export interface SealerDeps {
  readonly realm: Realm
  readonly signer: Signer
  readonly sequences: Sequences
  readonly labels: { readonly book: LabelBook }
  readonly months: LabelMonths
  readonly dataKeys: DataKeys
  /** Told each time a batch goes under the last label because there is none for its month. */
  readonly onExhausted?: ((category: Category) => void) | undefined
}

/** Seals batches, each naming the one before it. */
export class Sealer {
  #options: SealerOptions
  readonly #deps: SealerDeps
  readonly #digest
  /** Newest batch sealed, kept or not yet. */
  #head: { readonly incarnation: Incarnation; readonly cid: Uint8Array } | undefined
  /** Newest step of the clock that a category's batches have told, 0 for none. */
  #told: ReadonlyMap<Category, { readonly boot: BootId; readonly at: number }> = new Map()

  constructor(options: SealerOptions, deps: SealerDeps) {
    this.#options = options
    this.#deps = deps
    this.#digest = sealedDigester(deps.realm)
  }

  /** Whether the patient has signed a key for this category. */
  canSeal(category: Category): boolean {
    return this.#deps.labels.book.categories.includes(category)
  }

  /**
   * Seal samples into a batch each, or into as many as it takes to stay within 64 KiB.
   *
   * What was sealed must be kept: its sequences are consumed, and the next batch names it.
   *
   * @throws {DiskError} when no sequence can be consumed; nothing was sealed then
   * @throws {Error} when the category has no key
   */
  seal(sealables: readonly Sealable[]): readonly Sealed[] {
    const told = new Map(this.#told)
    const pieces = sealables.flatMap((sealable) => {
      const { category, samples, time } = sealable
      const before = told.get(category)
      // The clock may have been set while no window of the category was open.
      const isUntold = ({ at }: ClockStep) => before?.boot === time.boot && at > before.at
      const since = isSince(samples)
      const steps = time.steps.filter((step) => since(step) || isUntold(step))
      told.set(category, { boot: time.boot, at: time.steps.at(-1)?.at ?? 0 })
      return fitting({ samples, time: { ...time, steps } }).map((piece) => ({ sealable, piece }))
    })
    // All sequences first: once one piece is sealed, nothing may keep the others from it.
    const placed = pieces.map((one) => ({ ...one, sequence: this.#deps.sequences.takeSequence() }))
    this.#told = told
    return placed.map(({ sealable, piece, sequence }) => this.#sealPiece(sealable, piece, sequence))
  }

  /** Priorities of what is sealed from now on. */
  retune(priorities: SealerOptions['priorities']): void {
    this.#options = { ...this.#options, priorities }
  }

  #sealPiece(
    { category, time, wallOffsetMs }: Sealable,
    { padded, samples }: Piece,
    sequence: number,
  ): Sealed {
    const { signer, sequences, labels, months, dataKeys, onExhausted } = this.#deps
    const isDated = time.offsetMs !== undefined
    const times = samples.map(({ at }) => at)
    const [first, last] = [least(times), -least(times.map((at) => -at))]
    const toUnix = (at: number) => Math.max(0, Math.round(at + (time.offsetMs ?? wallOffsetMs))) as UnixMs
    const choice = labels.book.choose(category, isDated ? toUnix(first) : undefined, months.of(category))
    if (choice === undefined) throw new Error(`no label key for ${category}`)
    if (choice.isExhausted) onExhausted?.(category)
    months.advance(category, choice.month)
    const beginning = { boot: time.boot, isDated, at: isDated ? toUnix(first) : first }
    const { key, capsule, wrappedKey } = dataKeys.keyFor(choice.label, choice.publicKey, beginning)
    const { incarnation } = sequences
    const header = {
      device: signer.address,
      label: choice.label,
      incarnation,
      sequence,
      prev: this.#previous(incarnation),
      from: toUnix(first),
      to: toUnix(last),
      isDated,
      priority: this.#options.priorities[category],
      capsule,
      wrappedKey,
    }
    const { block, cid } = sealBatch(padded, header, key, signer, this.#digest)
    this.#head = { incarnation, cid }
    const { priority, label } = header
    const digest = digestOfCid(cid)
    return {
      incarnation,
      sequence,
      priority,
      label,
      cid,
      digest,
      block,
      isDated,
      sampleCount: samples.length,
    }
  }

  #previous(incarnation: Incarnation): Uint8Array | undefined {
    if (this.#head?.incarnation === incarnation) return this.#head.cid
    return this.#deps.sequences.head?.cid
  }
}

interface Piece {
  readonly padded: Uint8Array
  readonly samples: readonly Sample[]
}

function fitting(sealable: Pick<Sealable, 'samples' | 'time'>): readonly Piece[] {
  const { samples, time } = sealable
  const padded = tryEncode(samples, time)
  if (padded !== undefined && padded.length + TAG_BYTES + OVERHEAD_BYTES <= SEALED_LIMIT_BYTES) {
    return [{ padded, samples }]
  }
  const half = samples.length >> 1
  if (half === 0) throw new Error('one sample does not fit into a batch')
  const rest = samples.slice(half)
  const restTime = { ...time, steps: time.steps.filter(isSince(rest)) }
  return [
    ...fitting({ samples: samples.slice(0, half), time }),
    ...fitting({ samples: rest, time: restTime }),
  ]
}

/** Whether the clock was set after the first of these samples: the others belong to the batches before. */
function isSince(samples: readonly Sample[]): (step: ClockStep) => boolean {
  const first = least(samples.map(({ at }) => at))
  return ({ at }) => at >= first
}

function tryEncode(samples: readonly Sample[], time: TimeReference): Uint8Array | undefined {
  try {
    return encodeBatch({ time, columns: toColumns(samples) })
  } catch (cause) {
    // Too many samples or bytes; anything else fails again with a single sample, and then for good.
    if (cause instanceof RangeError && samples.length > 1) return undefined
    throw cause
  }
}

const least = (values: readonly number[]) => values.reduce((low, value) => Math.min(low, value), Infinity)
