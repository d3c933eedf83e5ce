interface Freeable {
  free(): void
}

/** Takes charge of a wasm object: it is freed when the scope ends. */
export type Own = <T extends Freeable>(object: T) => T

/**
 * Run `work` and free every wasm object that it owned, in reverse, also when it throws.
 *
 * The wasm heap has no finaliser: an object that is not freed is memory lost until the process ends.
 */
export function scoped<T>(work: (own: Own) => T): T {
  const owned: Freeable[] = []
  try {
    return work((object) => {
      owned.push(object)
      return object
    })
  } finally {
    for (const object of owned.reverse()) object.free()
  }
}
