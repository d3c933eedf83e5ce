import type { Address, Hex32 } from '../../src/ids.ts'
import { fromHex } from '../../src/ids.ts'
import { keySigner, type Signer } from '../../src/signature.ts'
import type { Realm } from '../../src/typed-data/domain.ts'
import typedData from '../vectors/typed-data.json' with { type: 'json' }

const { chainId, verifyingContract, salt } = typedData.domain

/** Where all vectors were signed. */
export const realm: Realm = { chainId, directory: verifyingContract as Address, genesis: salt as Hex32 }

export const signerOf = (vector: { key: string }): Signer => keySigner(fromHex(vector.key))
