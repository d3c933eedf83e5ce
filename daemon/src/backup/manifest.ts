import type { UnixMs } from '@hygeia/protocol/units'
import { z } from 'zod'

const VERSION = 1

/** First entry of a backup: what the rest is. */
const Manifest = z.strictObject({
  version: z.literal(VERSION),
  madeAt: z.int().min(0),
  /** Engine of the chain when it was made. */
  engine: z.string().max(32),
})

export interface BackupManifest {
  readonly madeAt: UnixMs
  readonly engine: string
}

export function encodeManifest(manifest: BackupManifest): string {
  return `${JSON.stringify({ version: VERSION, ...manifest })}\n`
}

/** @throws when it is none, or of another version */
export function decodeManifest(text: string): BackupManifest {
  const { madeAt, engine } = Manifest.parse(JSON.parse(text))
  return { madeAt: madeAt as UnixMs, engine }
}
