import { extname } from 'node:path'

export type WorkerName = 'delivery' | 'sampling' | 'editor'

/**
 * Where the program of a worker lies.
 *
 * @param parent - `import.meta.url` of who starts it, a folder above the workers: in a checkout its ending is `.ts`
 *   and so is theirs; in the bundle both are `.mjs`, and the folder is that of the bundle
 */
export function workerEntry(name: WorkerName, parent: string): URL {
  return new URL(`./workers/${name}${extname(new URL(parent).pathname)}`, parent)
}
