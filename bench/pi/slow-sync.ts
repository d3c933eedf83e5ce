import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const SOURCE = fileURLToPath(new URL('./slow-sync.c', import.meta.url))
const BUILT = fileURLToPath(new URL('../../.build/bench-pi/', import.meta.url))

/** @returns a library; to whoever preloads it, each fsync and fdatasync takes 500 ms longer */
export async function slowSync(): Promise<string> {
  const library = `${BUILT}slow-sync.so`
  await mkdir(BUILT, { recursive: true })
  await promisify(execFile)('gcc', ['-shared', '-fPIC', '-O2', '-o', library, SOURCE])
  return library
}
