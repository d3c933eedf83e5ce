/** Wei of each account that is funded from the first block, by address. */
export type Allocation = Readonly<Record<string, bigint>>

export const ZERO_HASH = `0x${'00'.repeat(32)}`
/** EIP-1559, INITIAL_BASE_FEE: 1 gwei. */
export const INITIAL_BASE_FEE = 1_000_000_000n
/** Yellow paper, equation 47: no block may have less. */
export const MIN_GAS_LIMIT = 5_000

/** @throws {RangeError} when an address repeats or is none, or an amount is out of its range */
export function balances(alloc: Allocation): Record<string, { balance: string }> {
  const byAddress = new Map(Object.entries(alloc).map(([address, wei]) => [address.toLowerCase(), wei]))
  const addresses = sortedAddresses('alloc', Object.keys(alloc))
  return Object.fromEntries(
    addresses.map((address) => {
      const wei = byAddress.get(address) ?? 0n
      if (wei < 0n || wei >= 1n << 256n) throw new RangeError(`alloc: ${wei} wei for ${address}`)
      return [address, { balance: hex(wei) }]
    }),
  )
}

/** Lower case, ascending. @throws {RangeError} when one repeats or is no address */
export function sortedAddresses(field: string, addresses: readonly string[]): readonly string[] {
  const sorted = addresses.map((address) => address.toLowerCase()).sort()
  for (const [index, address] of sorted.entries()) {
    if (!/^0x[0-9a-f]{40}$/.test(address)) throw new RangeError(`${field}: ${address} is no address`)
    if (address === sorted[index + 1]) throw new RangeError(`${field}: ${address} is there twice`)
  }
  return sorted
}

export function requireInteger(field: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) throw new RangeError(`${field}: ${value}`)
}

export function hex(quantity: number | bigint): string {
  return `0x${quantity.toString(16)}`
}
