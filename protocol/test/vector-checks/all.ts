import type { Checks } from './assert.ts'
import { batchChecks } from './batch.ts'
import { documentChecks } from './documents.ts'
import { linkChecks } from './link.ts'
import { merkleChecks } from './merkle.ts'
import { offlineProofChecks } from './offline-proof.ts'
import { pairingChecks } from './pairing.ts'
import { sealedChecks } from './sealed.ts'
import { seedChecks } from './seed.ts'
import { typedDataChecks } from './typed-data.ts'
import { umbralChecks } from './umbral.ts'

/** Every vector there is, each to be made and to be read. */
export const allChecks: Checks = {
  ...batchChecks,
  ...sealedChecks,
  ...documentChecks,
  ...linkChecks,
  ...offlineProofChecks,
  ...pairingChecks,
  ...merkleChecks,
  ...typedDataChecks,
  ...seedChecks,
  ...umbralChecks,
}
