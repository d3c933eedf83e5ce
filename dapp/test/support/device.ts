import { type Batch, toColumns } from '@hygeia/protocol/batch/batch'
import { encodeBatch } from '@hygeia/protocol/batch/codec'
import { type Category, channelNamed } from '@hygeia/protocol/channel'
import { type BootId, type Incarnation, toHex } from '@hygeia/protocol/ids'
import { type Label, monthOf, parseLabel } from '@hygeia/protocol/label'
import type { SignedLabelKeys } from '@hygeia/protocol/label-keys/label-keys'
import { parseEnrolment } from '@hygeia/protocol/pairing/enrolment'
import { encodeOffer, makeOffer } from '@hygeia/protocol/pairing/offer'
import type { Sample } from '@hygeia/protocol/sample'
import { sealBatch } from '@hygeia/protocol/sealed/seal'
import { sealedDigester } from '@hygeia/protocol/sealed/signing'
import { keySigner, type Signer } from '@hygeia/protocol/signature'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import { wrap } from '@hygeia/protocol/umbral/encrypt'
import { MINUTE_MS, type MonotonicMs, type UnixMs } from '@hygeia/protocol/units'
import { randomBytes } from '../../src/random.ts'

const EPOCH_MS = 15 * MINUTE_MS

export interface Sealed {
  readonly block: Uint8Array
  readonly cid: Uint8Array
}

export interface SealOptions {
  readonly category?: Category
  /** As if the clock had never been set. */
  readonly isDated?: boolean
}

/** A device as far as anyone else can see: pairs, and seals what it is given. */
export class TestDevice {
  readonly signer: Signer = keySigner(randomBytes(32))
  readonly boot = toHex(randomBytes(8)) as string as BootId
  readonly bootedAt: UnixMs
  incarnation = toHex(randomBytes(8)) as string as Incarnation
  sequence = 0
  prev: Uint8Array | undefined
  labelKeys: SignedLabelKeys | undefined
  readonly #digest: ReturnType<typeof sealedDigester>
  readonly #epochs = new Map<string, { capsule: Uint8Array; ciphertext: Uint8Array; dataKey: Uint8Array }>()

  constructor(realm: Realm, bootedAt: UnixMs) {
    this.bootedAt = bootedAt
    this.#digest = sealedDigester(realm)
  }

  /** @returns the offer that goes into the mailbox, encoded */
  offer(enrolment: string): Uint8Array {
    return encodeOffer(makeOffer(parseEnrolment(enrolment), this.signer))
  }

  /** Label that this device seals under at an instant: the newest generation of its month. */
  labelFor(category: Category, at: UnixMs): Label {
    const month = monthOf(at)
    const labels = (this.labelKeys?.keys ?? []).map(({ label }) => label)
    const fitting = labels.filter((label) => {
      const parts = parseLabel(label)
      return parts.category === category && parts.month === month
    })
    const [newest] = fitting.toSorted((a, b) => parseLabel(b).generation - parseLabel(a).generation)
    if (newest === undefined) throw new Error(`no label key for ${category} in ${month}`)
    return newest
  }

  /** Seal samples taken at UTC times from `at` on. */
  seal(samples: readonly Sample[], { category = 'vitals', isDated = true }: SealOptions = {}): Sealed {
    const [first, last] = [samples.at(0), samples.at(-1)]
    if (first === undefined || last === undefined) throw new Error('no samples')
    const from = (first.at + this.bootedAt) as UnixMs
    const to = (last.at + this.bootedAt) as UnixMs
    const label = this.labelFor(category, from)
    const { capsule, ciphertext: wrappedKey, dataKey } = this.#epoch(label, from)
    const batch: Batch = {
      time: { boot: this.boot, offsetMs: isDated ? this.bootedAt : undefined, steps: [] },
      columns: toColumns(samples),
    }
    const header = {
      device: this.signer.address,
      label,
      incarnation: this.incarnation,
      sequence: this.sequence++,
      prev: this.prev,
      from,
      to,
      isDated,
      priority: 'vitals' as const,
      capsule,
      wrappedKey,
    }
    const sealed = sealBatch(encodeBatch(batch), header, dataKey, this.signer, this.#digest)
    this.prev = sealed.cid
    return sealed
  }

  #epoch(label: Label, at: UnixMs) {
    const name = `${label} ${Math.floor(at / EPOCH_MS)}`
    const held = this.#epochs.get(name)
    if (held !== undefined) return held
    const key = this.labelKeys?.keys.find((candidate) => candidate.label === label)
    if (key === undefined) throw new Error('no label key')
    const dataKey = randomBytes(32)
    const made = { ...wrap(key.publicKey, dataKey), dataKey }
    this.#epochs.set(name, made)
    return made
  }
}

/** `minutes` of four 1 Hz channels with a sensor's noise, as samples in windows of a minute, from `from` on. */
export function* vitals(device: TestDevice, from: UnixMs, minutes: number): Generator<readonly Sample[]> {
  const channels = ['heart-rate', 'spo2', 'respiratory-rate', 'skin-temperature'].map(channelNamed)
  const bases = [72, 97, 14, 33]
  // A fixed sequence, so that two runs hold the same readings (Numerical Recipes' congruential generator).
  let seed = 1
  const noise = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return seed / 2 ** 32 - 0.5
  }
  for (let minute = 0; minute < minutes; minute++) {
    const samples: Sample[] = []
    for (const [index, { name, perUnit }] of channels.entries()) {
      for (let second = 0; second < 60; second++) {
        const at = (from - device.bootedAt + (minute * 60 + second) * 1_000) as MonotonicMs
        const value = Math.round(((bases[index] ?? 0) + noise() * 2) * perUnit) / perUnit
        // Now and then the probe is off.
        if (name === 'spo2' && second === 30) samples.push({ channel: name, at, missing: 'probe-off' })
        else samples.push({ channel: name, at, value })
      }
    }
    yield samples
  }
}
