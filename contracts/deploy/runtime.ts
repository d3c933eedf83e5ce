import { getBytes, keccak256 } from 'ethers'

/** What a module under `generated/` says of its contract's runtime code. */
export interface RuntimeCode {
  readonly runtimeBytecodeHash: string
  readonly immutables: readonly { readonly start: number; readonly length: number }[]
}

/**
 * Whether `code`, as `eth_getCode` returns it, is that of the contract, whatever its constructor was given.
 *
 * @throws {TypeError} `INVALID_ARGUMENT` from ethers when `code` is not hex
 */
export function isRuntimeOf({ runtimeBytecodeHash, immutables }: RuntimeCode, code: string): boolean {
  const bytes = getBytes(code)
  for (const { start, length } of immutables) bytes.fill(0, start, start + length)
  return keccak256(bytes) === runtimeBytecodeHash
}
