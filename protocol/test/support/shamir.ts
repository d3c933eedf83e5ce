/**
 * Shamir's secret sharing over GF(2^8) with the polynomial of AES (FIPS 197 §4.2), each byte by Lagrange at zero;
 * the last byte of a share is where it was taken.
 */
export function combineShares(shares: readonly Uint8Array[]): Uint8Array {
  const at = shares.map((share) => share.at(-1) ?? 0)
  const length = (shares[0]?.length ?? 1) - 1
  return Uint8Array.from({ length }, (_, byte) =>
    shares.reduce((sum, share, i) => {
      const weight = at.reduce(
        (product, x, j) => (i === j ? product : multiply(product, multiply(x, inverse(x ^ (at[i] ?? 0))))),
        1,
      )
      return sum ^ multiply(share[byte] ?? 0, weight)
    }, 0),
  )
}

function multiply(left: number, right: number): number {
  let product = 0
  for (let bit = 0, power = left; bit < 8; bit++) {
    if (((right >> bit) & 1) === 1) product ^= power
    power = (power << 1) ^ (power >= 0x80 ? 0x11b : 0)
  }
  return product
}

function inverse(value: number): number {
  return Array.from({ length: 256 }, (_, each) => each).find((each) => multiply(value, each) === 1) ?? 0
}
