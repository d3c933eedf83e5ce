import { open, rename } from 'node:fs/promises'
import type { Blocks } from './blocks.ts'

const GATHERED_BYTES = 1_048_576

/**
 * Write a chain as `geth export` would: the RLP of its blocks, one after the other. The file is there once it is whole.
 *
 * @returns bytes written
 */
export async function exportChain(blocks: Blocks, path: string): Promise<number> {
  const part = `${path}.part`
  const file = await open(part, 'w', 0o600)
  let bytes = 0
  try {
    let gathered: Uint8Array[] = []
    let gatheredBytes = 0
    const flush = async () => {
      await file.writev(gathered)
      bytes += gatheredBytes
      gathered = []
      gatheredBytes = 0
    }
    for await (const block of blocks.all()) {
      gathered.push(block)
      gatheredBytes += block.length
      if (gatheredBytes >= GATHERED_BYTES) await flush()
    }
    if (gathered.length > 0) await flush()
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(part, path)
  return bytes
}
