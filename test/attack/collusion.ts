import { join } from 'node:path'
import { KfragVault } from '@hygeia/daemon/grants/kfrag-vault'
import { readKeys } from '@hygeia/daemon/init/keys'
import { checkPhysician, dealGrant } from '@hygeia/dapp/patient/grant'
import type { Grant } from '@hygeia/protocol/grant/grant'
import { unpackKfrags } from '@hygeia/protocol/grant/parcel'
import type { Hex32 } from '@hygeia/protocol/ids'
import { decodeSealed } from '@hygeia/protocol/sealed/codec'
import { openSealed } from '@hygeia/protocol/sealed/seal'
import { openReencrypted } from '@hygeia/protocol/umbral/cfrag'
import { UmbralError } from '@hygeia/protocol/umbral/errors'
import { publicKey, randomSecretKey } from '@hygeia/protocol/umbral/keys'
import { Reencrypter } from '@hygeia/protocol/umbral/kfrag'
import { HOUR_MS, type UnixMs } from '@hygeia/protocol/units'
import type { RawBatch } from '../support/raw-device.ts'
import { type Attack, held, refusedAs } from './attack.ts'
import { ask, grantOf, request, someBatches } from './permission.ts'
import type { Stage } from './stage.ts'

const row = 'curious hospital'

/** Fragments out of a hospital's vault, as whoever has its disk and its keys can have them. */
async function stolenKfrags({ hospital }: Stage, grant: Hex32): Promise<readonly Uint8Array[]> {
  const { storageKey } = await readKeys(join(hospital.dir, 'keys'))
  const vault = new KfragVault({ dir: join(hospital.dir, 'data/kfrags') }, { storageKey })
  const kfrags = await vault.get(grant)
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

const oneOfOne: Attack = {
  row,
  does: 'one hospital colludes with the physician, where one hospital was all that was dealt to',
  isStated: true,
  run: async (stage) => {
    const { physician } = stage
    const { batches } = await someBatches(stage)
    const [batch] = batches as [RawBatch]
    const ago = (hours: number) => (Date.now() - hours * HOUR_MS) as UnixMs
    // Of a time before the batches, which an honest proxy therefore refuses.
    const granted = await grantOf(stage, ['vitals'], { dataFrom: ago(3), dataTo: ago(1) })
    const code = await refusedAs(
      'honest',
      ask(physician, request(physician, granted.hash, [batch])),
      'OUTSIDE_GRANT',
    )
    const kfrags = await stolenKfrags(stage, granted.hash)
    const index = granted.grant.labels.findIndex(({ label }) => label === stage.label)
    const own = kfrags.slice(index, index + 1)
    const isOpen = opens(() => openByThemselves(stage, granted.grant, index, own, batch), batch)
    const others = await grantOf(stage, ['ecg'])
    const foreign = await stolenKfrags(stage, others.hash)
    const isOtherOpen = opens(
      () => openByThemselves(stage, others.grant, 0, foreign.slice(0, 1), batch),
      batch,
    )
    held(!isOtherOpen, 'a label that was not dealt opens')
    if (!isOpen) throw new Error('fragments and physician do not open what they were dealt')
    return `honest, it says ${code}; together they open the label that was dealt, at any time, and no other label`
  },
}

/** What 2-of-3 deals to: this hospital and two more, with the physician's real key. */
async function twoOfThree(stage: Stage) {
  const { patient, known, hospital } = stage
  const secrets = [
    (await readKeys(join(hospital.dir, 'keys'))).proxySecret,
    randomSecretKey(),
    randomSecretKey(),
  ]
  const now = Date.now()
  const terms = {
    physician: await checkPhysician(patient, stage.physician.identity.signer.address),
    labels: [stage.label],
    dataFrom: (now - HOUR_MS) as UnixMs,
    dataTo: (now + HOUR_MS) as UnixMs,
    accessTo: (now + HOUR_MS) as UnixMs,
    threshold: 2,
  }
  const proxies = secrets.map((secret) => ({
    hospital: { hospital: known.hospital, proxyKey: publicKey(secret) },
    account: patient.account,
  }))
  const { grant, parcels } = dealGrant(patient, terms, proxies)
  const kfrags = secrets.map((secret, index) => {
    const [parcel, proxy] = [parcels[index], grant.proxies[index]]
    if (parcel === undefined || proxy === undefined) throw new Error('a parcel for each proxy')
    const [kfrag] = unpackKfrags(secret, parcel, proxy, 1)
    if (kfrag === undefined) throw new Error('a fragment for each label')
    return kfrag
  })
  return { grant, kfrags }
}

const oneOfThree: Attack = {
  row,
  does: 'one hospital of three colludes with the physician (2-of-3)',
  run: async (stage) => {
    const { batches } = await someBatches(stage)
    const [batch] = batches as [RawBatch]
    const { grant, kfrags } = await twoOfThree(stage)
    for (const [index, kfrag] of kfrags.entries()) {
      const alone = opens(() => openByThemselves(stage, grant, 0, [kfrag], batch), batch)
      held(!alone, `hospital ${index + 1} and the physician open it by themselves`)
      const twice = opens(() => openByThemselves(stage, grant, 0, [kfrag, kfrag], batch), batch)
      held(!twice, `hospital ${index + 1} opens it with its fragment used twice`)
    }
    return 'UMBRAL_NOT_OPENED, for each of the three, also with the one fragment used twice'
  },
}

const twoOfThreeTogether: Attack = {
  row,
  does: 'two hospitals of three collude with the physician (2-of-3)',
  isStated: true,
  run: async (stage) => {
    const { batches } = await someBatches(stage)
    const [batch] = batches as [RawBatch]
    const { grant, kfrags } = await twoOfThree(stage)
    if (!opens(() => openByThemselves(stage, grant, 0, kfrags.slice(0, 2), batch), batch)) {
      throw new Error('two fragments and the physician do not open it')
    }
    return 'together they open the label that was dealt'
  },
}

export const collusions: readonly Attack[] = [oneOfOne, oneOfThree, twoOfThreeTogether]
