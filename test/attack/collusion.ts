import { join } from 'node:path'
import { KfragVault } from '@hygeia/daemon/grants/kfrag-vault'
import { readKeys } from '@hygeia/daemon/init/keys'
import type { Grant } from '@hygeia/protocol/grant/grant'
import type { Hex32 } from '@hygeia/protocol/ids'
import { decodeSealed } from '@hygeia/protocol/sealed/codec'
import { openSealed } from '@hygeia/protocol/sealed/seal'
import { openReencrypted } from '@hygeia/protocol/umbral/cfrag'
import { UmbralError } from '@hygeia/protocol/umbral/errors'
import { Reencrypter } from '@hygeia/protocol/umbral/kfrag'
import { HOUR_MS, type UnixMs } from '@hygeia/protocol/units'
import type { HospitalProcess } from '../support/hospital.ts'
import type { RawBatch } from '../support/raw-device.ts'
import { type Attack, held, refusedAs } from './attack.ts'
import { ask, grantOf, request } from './permission.ts'
import type { Stage } from './stage.ts'

const row = 'curious hospital'

/** Fragments out of a hospital's vault, as whoever has its disk and its keys can have them. */
async function stolenKfrags({ dir }: HospitalProcess, grant: Hex32): Promise<readonly Uint8Array[]> {
  const { storageKey } = await readKeys(join(dir, 'keys'))
  const kfrags = await new KfragVault({ dir: join(dir, 'data/kfrags') }, { storageKey }).get(grant)
  if (kfrags === undefined) throw new Error('the hospital was dealt no fragments')
  return kfrags
}

/** Everything that these fragments and the physician's secret yield of a batch, with no proxy asked. */
function openByThemselves(
  { physician }: Stage,
  { labels, verifyingKey, receivingKey }: Grant,
  index: number,
  kfrags: readonly Uint8Array[],
  { block }: RawBatch,
): Uint8Array {
  const sealed = decodeSealed(block)
  const delegatingKey = labels[index]?.publicKey
  if (delegatingKey === undefined) throw new RangeError('no such label')
  const keys = { verifyingKey, receivingKey, delegatingKey }
  const cfrags = kfrags.map((kfrag) => {
    const reencrypter = new Reencrypter(kfrag, keys)
    try {
      return reencrypter.reencrypt(sealed.capsule)
    } finally {
      reencrypter.free()
    }
  })
  const wrapped = { capsule: sealed.capsule, ciphertext: sealed.wrappedKey }
  const dataKey = openReencrypted(physician.identity.receivingSecret, keys, wrapped, cfrags)
  return openSealed(sealed, dataKey)
}

const opens = (work: () => Uint8Array, { content }: RawBatch): boolean => {
  try {
    return Buffer.compare(work(), content) === 0
  } catch (cause) {
    if (cause instanceof UmbralError) return false
    throw cause
  }
}

const ago = (hours: number) => (Date.now() - hours * HOUR_MS) as UnixMs

const oneOfOne: Attack = {
  row,
  does: 'one hospital colludes with the physician, where one hospital was all that was dealt to',
  isStated: true,
  run: async (stage) => {
    const { patient, physician, hospital, sample } = stage
    const [batch] = sample.batches
    const proxies = patient.hospitals.slice(0, 1)
    // Of a time before the batches, which an honest proxy therefore refuses.
    const granted = await grantOf(stage, ['vitals'], { dataFrom: ago(3), dataTo: ago(1), proxies })
    const asked = ask(physician, request(physician, granted.hash, [batch]))
    const code = await refusedAs('the honest proxy', asked, 'OUTSIDE_GRANT')
    const index = granted.grant.labels.findIndex(({ label }) => label === stage.label)
    const own = (await stolenKfrags(hospital, granted.hash)).slice(index, index + 1)
    const isOpen = opens(() => openByThemselves(stage, granted.grant, index, own, batch), batch)
    const others = await grantOf(stage, ['ecg'], { proxies })
    const foreign = (await stolenKfrags(hospital, others.hash)).slice(0, 1)
    held(
      !opens(() => openByThemselves(stage, others.grant, 0, foreign, batch), batch),
      'a label that was not dealt opens',
    )
    if (!isOpen) throw new Error('fragments and physician do not open what they were dealt')
    return `an honest proxy says ${code}; together they open the label that was dealt, of any time, and no other label`
  },
}

/** A grant to 2 of 3, and what each of the hospitals has of it for the label of the sample. */
async function twoOfThree(stage: Stage) {
  const granted = await grantOf(stage, ['vitals'], { dataFrom: ago(3), dataTo: ago(1) })
  const { grant, hash } = granted
  if (grant.threshold !== 2 || grant.proxies.length !== 3) throw new Error('not 2 of 3')
  const index = grant.labels.findIndex(({ label }) => label === stage.label)
  const stolen = await Promise.all(stage.hospitals.map((hospital) => stolenKfrags(hospital, hash)))
  const kfrags = stolen.flatMap((own) => own.slice(index, index + 1))
  const [batch] = stage.sample.batches
  /** Whether the physician and the hospitals at these places open what an honest proxy refuses. */
  const isOpened = (...places: readonly number[]) => {
    const chosen = places.flatMap((place) => kfrags.slice(place, place + 1))
    return opens(() => openByThemselves(stage, grant, index, chosen, batch), batch)
  }
  return { isOpened, places: [...kfrags.keys()] }
}

const oneOfThree: Attack = {
  row,
  does: 'one hospital of three colludes with the physician (2-of-3)',
  run: async (stage) => {
    const { isOpened, places } = await twoOfThree(stage)
    for (const place of places) {
      held(!isOpened(place), `hospital ${place + 1} and the physician open it by themselves`)
      held(!isOpened(place, place), `hospital ${place + 1} opens it with its fragment used twice`)
    }
    return 'UMBRAL_NOT_OPENED for each of the three, also with the one fragment used twice'
  },
}

const twoTogether: Attack = {
  row,
  does: 'two hospitals of three collude with the physician (2-of-3)',
  isStated: true,
  run: async (stage) => {
    const { isOpened } = await twoOfThree(stage)
    if (!isOpened(0, 1)) throw new Error('two fragments and the physician do not open it')
    return 'together they open the label that was dealt, of any time'
  },
}

export const collusions: readonly Attack[] = [oneOfOne, oneOfThree, twoTogether]
