/** Quantities: no leading zeros, 0 is `0x0`. @see EIP-1474, "Quantity" */
export function quantity(value: bigint | number): string {
  return `0x${value.toString(16)}`
}

/** Unformatted data: two digits a byte. @see EIP-1474, "Data" */
export function data(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')}`
}
