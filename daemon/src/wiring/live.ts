import { Live } from '../live/live.ts'
import type { AccessParts } from './access.ts'
import type { Context } from './context.ts'
import type { IngestParts } from './ingest.ts'

/** What happens, for whoever watches. */
export async function startLive(
  { stack }: Context,
  { store, receipts, directory }: IngestParts,
  { grants, audit }: AccessParts,
): Promise<Live> {
  return await stack.add(new Live({}, { store, receipts, grants, audit, devices: directory }))
}
