import { randomBytes } from 'node:crypto'
import type { Batch } from '@hygeia/protocol/batch/batch'
import { decodeBatch } from '@hygeia/protocol/batch/codec'
import { CATEGORIES } from '@hygeia/protocol/channel'
import type { Address } from '@hygeia/protocol/ids'
import { formatLabel, type Month, monthsFrom } from '@hygeia/protocol/label'
import { type SignedLabelKeys, signLabelKeys } from '@hygeia/protocol/label-keys/label-keys'
import type { SealedBatch } from '@hygeia/protocol/sealed/header'
import { openSealed } from '@hygeia/protocol/sealed/seal'
import { keySigner, type Signer } from '@hygeia/protocol/signature'
import type { Realm } from '@hygeia/protocol/typed-data/domain'
import { unwrap } from '@hygeia/protocol/umbral/encrypt'
import { labelSecretKey, publicKey } from '@hygeia/protocol/umbral/keys'

/** Somebody who signs label keys and can open what is sealed under them. */
export class Patient {
  readonly signer: Signer = keySigner(randomBytes(32))
  readonly #factorySeed = randomBytes(32)

  /** Keys of every category for `count` months from `first`. */
  labelKeys(
    realm: Realm,
    device: Address,
    {
      serial = 1,
      first = '2024-01' as Month,
      count = 36,
      generation = 0,
      categories = CATEGORIES as readonly string[],
    } = {},
  ): SignedLabelKeys {
    const keys = CATEGORIES.filter((category) => categories.includes(category)).flatMap((category) =>
      monthsFrom(first, count).map((month) => {
        const label = formatLabel({ category, month, generation })
        return { label, publicKey: publicKey(labelSecretKey(this.#factorySeed, label)) }
      }),
    )
    return signLabelKeys(realm, { patient: this.signer.address, device, serial, keys }, this.signer)
  }

  open(batch: SealedBatch): Batch {
    const secret = labelSecretKey(this.#factorySeed, batch.label)
    const dataKey = unwrap(secret, { capsule: batch.capsule, ciphertext: batch.wrappedKey })
    return decodeBatch(openSealed(batch, dataKey))
  }
}
