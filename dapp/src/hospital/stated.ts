import { hospitalAddressSigner } from '@hygeia/protocol/hospital/address'
import { type Address, fromHex } from '@hygeia/protocol/ids'
import { recoverSigner } from '../recover.ts'
import type { StatedAddress } from './answers.ts'
import { HospitalError } from './errors.ts'
import type { KnownHospital } from './known.ts'

/**
 * Where other hospitals of the consortium are reached, as this one tells. Believed is only what the hospital itself
 * signed, with the key that the chain holds of it, while it is active there.
 *
 * @returns the latest address of each, without the one that was asked; none when it keeps no such list
 */
export async function statedAddresses(asked: KnownHospital): Promise<readonly StatedAddress[]> {
  const newest = new Map<Address, StatedAddress>()
  for (const stated of await listedBy(asked)) {
    const held = newest.get(stated.hospital)
    if (stated.hospital === asked.hospital || (held !== undefined && held.issued >= stated.issued)) continue
    if (await isSigned(asked, stated)) newest.set(stated.hospital, stated)
  }
  return [...newest.values()]
}

async function listedBy({ client }: KnownHospital): Promise<readonly StatedAddress[]> {
  try {
    return await client.hospitals()
  } catch (cause) {
    if (cause instanceof HospitalError && cause.code === 'REFUSED') return []
    throw cause
  }
}

async function isSigned({ realm, directory }: KnownHospital, stated: StatedAddress): Promise<boolean> {
  const signed = { ...stated, signature: fromHex(stated.signature) }
  const signer = hospitalAddressSigner(realm, signed, recoverSigner)
  const { receipt, status } = await directory.hospital(stated.hospital)
  return status === 'active' && receipt === signer
}
