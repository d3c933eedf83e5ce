import { decodeStanding, linksOf } from '@hygeia/protocol/manifest/standing'
import type { Block } from './node.ts'

/** A digest as a key of maps. */
export const nameOf = (digest: Uint8Array): string => Buffer.from(digest).toString('hex')

/** Digests of the batches that a manifest, or its replacement, links to, each once. @throws {MalformedError} */
export function digestsLinkedBy(manifest: Uint8Array): readonly Uint8Array[] {
  const digests = linksOf(decodeStanding(manifest))
  return [...new Map(digests.map((digest) => [nameOf(digest), digest])).values()]
}

/** Digests that are still to come. */
export class Awaited {
  readonly #open: Map<string, Uint8Array>

  constructor(digests: readonly Uint8Array[]) {
    this.#open = new Map(digests.map((digest) => [nameOf(digest), digest]))
  }

  /** @returns whether it was awaited */
  came(digest: Uint8Array): boolean {
    return this.#open.delete(nameOf(digest))
  }

  get left(): readonly Uint8Array[] {
    return [...this.#open.values()]
  }
}

/** Those of `digests` whose bytes `find` gives. */
export async function heldOf(
  digests: readonly Uint8Array[],
  find: (digest: Uint8Array) => Promise<Uint8Array | undefined>,
): Promise<readonly Block[]> {
  const given = await Promise.all(digests.map(find))
  return digests.flatMap((digest, index) => {
    const bytes = given[index]
    return bytes === undefined ? [] : [{ digest, bytes }]
  })
}

export function* chunked<T>(all: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < all.length; start += size) yield all.slice(start, start + size)
}
