/**
 * The integers of batch.cddl as its comments describe them, in strings of bits: slow, and nothing like the codec.
 */
export function integers(values: readonly number[]): Uint8Array {
  let k = 1n
  let sum = 2n
  let count = 1n
  const codes = values.map((value) => {
    const z = value >= 0 ? 2n * BigInt(value) : -2n * BigInt(value) - 1n
    const q = z >> k
    const code =
      q < 12n
        ? `${'1'.repeat(Number(q))}0${lowestFirst(z & ((1n << k) - 1n), Number(k))}`
        : `${'1'.repeat(12)}${lowestFirst(BigInt(z.toString(2).length), 6)}${lowestFirst(z, z.toString(2).length)}`
    sum += [z, 12n << k, 1n << 32n].reduce((least, each) => (each < least ? each : least))
    count += 1n
    if (count === 16n) {
      sum >>= 1n
      count = 8n
    }
    k = 0n
    while (count << k < sum) k += 1n
    return code
  })
  const bits = codes.join('').replace(/0+$/, '')
  return Uint8Array.from(bits.match(/.{1,8}/g) ?? [], (byte) =>
    Number.parseInt([...byte.padEnd(8, '0')].reverse().join(''), 2),
  )
}

function lowestFirst(value: bigint, length: number): string {
  return length === 0 ? '' : [...value.toString(2).padStart(length, '0')].reverse().join('')
}
