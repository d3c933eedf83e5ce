import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DAPP_MANIFEST } from './manifest.ts'

/** Where a checkout builds the web app, and where the package puts it, seen from here. */
const PLACES = ['../../../.build/dapp', '../../../dapp'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
)

/** Folder of the built web app, or where it would be. @param told - by the configuration */
export async function dappFolder(told: string | undefined): Promise<string> {
  if (told !== undefined) return told
  const [first = ''] = PLACES
  for (const place of PLACES) {
    const isBuilt = await access(join(place, DAPP_MANIFEST)).then(
      () => true,
      () => false,
    )
    if (isBuilt) return place
  }
  return first
}
