import { createHmac, hkdfSync } from 'node:crypto'
import type { Address } from '@hygeia/protocol/ids'

const NAME_BYTES = 8

/**
 * Names for devices that mean nothing outside of this hospital: the staff can tell one from another and speak of it, and
 * neither the chain nor another hospital's staff knows whose it is.
 *
 * @param secret - of this hospital alone, 32 bytes
 * @returns 16 hex digits for each device, the same ones each time
 * @see RFC 5869, RFC 2104
 */
export function pseudonyms(secret: Uint8Array): (device: Address) => string {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'hygeia device pseudonym v1', 32))
  return (device) =>
    createHmac('sha256', key)
      .update(device)
      .digest('hex')
      .slice(0, NAME_BYTES * 2)
}
