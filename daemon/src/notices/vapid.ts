import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createAtomic } from '@hygeia/runtime/atomic-write'
import webPush from 'web-push'
import { z } from 'zod'

/** How push services know this hospital: P-256, base64url. @see RFC 8292 */
const VapidKeys = z.strictObject({ publicKey: z.string(), privateKey: z.string() })
export type VapidKeys = z.infer<typeof VapidKeys>

/** Read the keys, making them the first time: browsers subscribe to the public one. */
export async function vapidKeys(keysDir: string): Promise<VapidKeys> {
  const path = join(keysDir, 'vapid.json')
  const held = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw cause
    return undefined
  })
  if (held !== undefined) return VapidKeys.parse(JSON.parse(held))
  const made = webPush.generateVAPIDKeys()
  await createAtomic(path, `${JSON.stringify(made)}\n`, 0o600)
  return made
}
