import { randomBytes } from 'node:crypto'
import { labelKey } from '@hygeia/dapp/patient/label-keys'
import { bindOffered, enrolmentOf } from '@hygeia/dapp/patient/pair'
import type { Patient } from '@hygeia/dapp/patient/patient'
import { toColumns } from '@hygeia/protocol/batch/batch'
import { encodeBatch } from '@hygeia/protocol/batch/codec'
import { type Category, channelNamed } from '@hygeia/protocol/channel'
import { type Incarnation, parseBootId, toHex } from '@hygeia/protocol/ids'
import { monthOf } from '@hygeia/protocol/label'
import { makeOffer } from '@hygeia/protocol/pairing/offer'
import { sealBatch } from '@hygeia/protocol/sealed/seal'
import { sealedDigester } from '@hygeia/protocol/sealed/signing'
import { toSample } from '@hygeia/protocol/to-sample'
import { wrap } from '@hygeia/protocol/umbral/encrypt'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'

/** What one channel said, from the begin of a batch on, `everyMs` apart; undefined where the probe was off. */
export interface Said {
  readonly channel: string
  readonly everyMs: number
  readonly values: readonly (number | undefined)[]
}

/** A device whose whole past is known: what it seals is made up here, at any time, and given to the hospital over HTTPS. */
export class SealedHistory {
  readonly #patient: Patient
  readonly #incarnation = toHex(randomBytes(8)) as string as Incarnation
  readonly #boot = parseBootId(toHex(randomBytes(8)))
  #sequence = 0
  #prev: Uint8Array | undefined

  private constructor(patient: Patient) {
    this.#patient = patient
  }

  /** Bind the patient's own device. */
  static async of(patient: Patient): Promise<SealedHistory> {
    const enrolment = enrolmentOf(patient)
    await bindOffered(patient, enrolment, makeOffer(enrolment, patient.identity.ownDevice))
    return new SealedHistory(patient)
  }

  /** Seal one batch and give it. @param from - of its first readings, ms since the Unix epoch */
  async give(category: Category, from: number, said: readonly Said[]): Promise<void> {
    const { hospital, state, identity, account } = this.#patient
    const signer = identity.ownDevice
    const label = state.generations.current(category, monthOf(from as UnixMs))
    const dataKey = randomBytes(32)
    const { capsule, ciphertext: wrappedKey } = wrap(labelKey(this.#patient, label).publicKey, dataKey)
    const samples = said.flatMap(({ channel, everyMs, values }) =>
      values.map((value, index) =>
        toSample(
          channelNamed(channel),
          (index * everyMs) as MonotonicMs,
          value === undefined ? { missing: 'probe-off' } : { value },
        ),
      ),
    )
    const lengthMs = Math.max(...samples.map(({ at }) => at))
    const header = {
      ...{ device: signer.address, label, incarnation: this.#incarnation, sequence: this.#sequence++ },
      ...{ prev: this.#prev, from: from as UnixMs, to: (from + lengthMs) as UnixMs, isDated: true },
      ...{ priority: category === 'alert' ? ('alert' as const) : ('vitals' as const), capsule, wrappedKey },
    }
    const time = { boot: this.#boot, offsetMs: from as UnixMs, steps: [] }
    const padded = encodeBatch({ time, columns: toColumns(samples) })
    const { block, cid } = sealBatch(padded, header, dataKey, signer, sealedDigester(hospital.realm))
    this.#prev = cid
    const answers = await account.giveBatch(block)
    const refused = answers.find(({ kind }) => kind === 'refused' || kind === 'busy')
    if (refused !== undefined) throw new Error(`the hospital did not take it: ${JSON.stringify(refused)}`)
  }
}
