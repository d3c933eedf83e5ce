import type { SignedBreakGlass } from '@hygeia/protocol/emergency/emergency'
import { clip, type Span } from '../output/span.ts'
import { type OpenOptions, openGrant } from './open.ts'
import type { NamedGrant, OpenedBatch, UnopenedBatch } from './opening.ts'
import type { Physician } from './physician.ts'

/** Grants with the physician's own word for why, where one was given: every request under such a grant carries it. */
export function withGlasses<G extends NamedGrant>(
  grants: readonly G[],
  glasses: readonly SignedBreakGlass[],
): readonly (G & NamedGrant)[] {
  return grants.map((held) => ({ ...held, glass: glasses.find(({ grant }) => grant === held.hash) }))
}

export interface SpanOptions extends OpenOptions {
  /** Told after every few batches of a grant: done, and how many are known of so far. */
  readonly onProgress?: (done: number, known: number) => void
  /** Told at the end of each batch that no grant opened. */
  readonly onUnopened?: (batch: UnopenedBatch) => void
}

/**
 * The readings of a span of time that several grants open, each batch once: a permission that was dealt again after
 * another's revocation is two grants over the same time.
 *
 * @throws as `openGrant` does
 */
export async function* openSpan(
  physician: Physician,
  grants: readonly NamedGrant[],
  span: Span,
  { onProgress, onUnopened, ...options }: SpanOptions = {},
): AsyncGenerator<OpenedBatch> {
  const seen = new Set<string>()
  const unopened = new Map<string, UnopenedBatch>()
  const range = { ...span, ...(onProgress && { onProgress }) }
  for (const held of grants) {
    for await (const opened of openGrant(physician, held, range, options)) {
      if (opened.fault !== undefined) {
        unopened.set(opened.cid, opened)
        continue
      }
      const clipped = seen.has(opened.cid) ? undefined : clip(opened, span)
      seen.add(opened.cid)
      if (clipped !== undefined) yield clipped
    }
  }
  for (const [cid, batch] of unopened) if (!seen.has(cid)) onUnopened?.(batch)
}
