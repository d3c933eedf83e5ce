/** x^8 + x^2 + x + 1, without its highest power. */
const POLYNOMIAL = 0x07

/**
 * Packet error code: CRC-8 over all bytes of a transfer, addresses included, most significant bit first.
 *
 * @see System Management Bus specification 3.2, §6.4.1; Melexis 3901090614, "Bus protocol"
 */
export function pecOf(bytes: Uint8Array): number {
  let crc = 0
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x80 ? POLYNOMIAL : 0)) & 0xff
  }
  return crc
}

/**
 * Packet error code of an SMBus read word.
 *
 * @param address - 7 bits; on the wire with the direction below it, first to write and then to read
 */
export function pecOfRead(address: number, command: number, low: number, high: number): number {
  return pecOf(Uint8Array.of(address << 1, command, (address << 1) | 1, low, high))
}
