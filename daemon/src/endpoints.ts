import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeAtomic } from '@hygeia/runtime/atomic-write'
import { RuntimeError } from '@hygeia/runtime/errors'
import { z } from 'zod'

/** Where a running daemon listens; ports as they really are. */
export const Endpoints = z.strictObject({
  pid: z.int(),
  api: z.url(),
  /** Where browsers come in, when that is another door. */
  web: z.url().optional(),
  mqtt: z.url(),
  coap: z.url(),
  /** JSON-RPC of the chain, on loopback. */
  rpc: z.url(),
})
export type Endpoints = z.infer<typeof Endpoints>

const fileIn = (dataDir: string) => join(dataDir, 'endpoints.json')

export async function writeEndpoints(dataDir: string, endpoints: Endpoints): Promise<void> {
  await writeAtomic(fileIn(dataDir), `${JSON.stringify(endpoints, undefined, 2)}\n`)
}

/** @throws {RuntimeError} `FILE_UNREADABLE` when the daemon has not run here yet */
export async function readEndpoints(dataDir: string): Promise<Endpoints> {
  const path = fileIn(dataDir)
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new RuntimeError(
      'the daemon has not run here yet: start it with "hygeia-daemon run"',
      {
        code: 'FILE_UNREADABLE',
        path,
      },
      { cause },
    )
  })
  return Endpoints.parse(JSON.parse(text))
}
