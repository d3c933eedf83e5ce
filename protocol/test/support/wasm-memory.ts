import umbral from '@nucypher/umbral-pre'

interface Heap {
  __wbindgen_malloc(bytes: number): number
  __wbindgen_free(address: number, bytes: number): void
}

/** More than any hole that small objects leave between them, so that it always lies above all of them. */
const BLOCK_BYTES = 65_536
const heap = (umbral as unknown as { readonly __wasm: Heap }).__wasm

/** Where the wasm heap ends now, in bytes: what was leaked has pushed it up. */
export function heapEnd(): number {
  const address = heap.__wbindgen_malloc(BLOCK_BYTES)
  heap.__wbindgen_free(address, BLOCK_BYTES)
  return address
}
