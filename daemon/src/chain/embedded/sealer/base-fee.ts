const ELASTICITY = 2n
const MAX_CHANGE_DENOMINATOR = 8n

/** Wei per gas that the block after one must burn. @see EIP-1559, "Specification" */
export function nextBaseFee(parent: { gasLimit: bigint; gasUsed: bigint; baseFeePerGas: bigint }): bigint {
  const { gasUsed, baseFeePerGas } = parent
  const target = parent.gasLimit / ELASTICITY
  if (gasUsed === target) return baseFeePerGas
  if (gasUsed > target) {
    const rise = (baseFeePerGas * (gasUsed - target)) / target / MAX_CHANGE_DENOMINATOR
    return baseFeePerGas + (rise > 0n ? rise : 1n)
  }
  return baseFeePerGas - (baseFeePerGas * (target - gasUsed)) / target / MAX_CHANGE_DENOMINATOR
}
