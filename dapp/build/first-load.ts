import { readFile } from 'node:fs/promises'
import { dirname, join, posix } from 'node:path'

/** Static imports of a bundled module, and what markup names. */
const NAMED = /(?:\bfrom|\bimport)\s*["'](\.[^"']+)["']|(?:src|href)="(\.\/assets\/[^"]+)"/g
/** What every visitor's browser fetches besides: the worker is started by the page, the WebAssembly by the worker. */
const STARTED = /^assets\/(worker-[^/]*\.js|umbral[^/]*\.wasm)$/

/** Files that are fetched before anybody has done anything, by following what each names. */
export async function firstLoad(dir: string, paths: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  const wanted = ['index.html', ...paths.filter((path) => STARTED.test(path))]
  for (let path = wanted.pop(); path !== undefined; path = wanted.pop()) {
    if (found.has(path)) continue
    found.add(path)
    if (!/\.(html|js)$/.test(path)) continue
    const text = await readFile(join(dir, path), 'utf8')
    for (const [, imported, linked] of text.matchAll(NAMED)) {
      const name = imported ?? linked
      if (name !== undefined) wanted.push(posix.normalize(posix.join(dirname(path), name)))
    }
  }
  return found
}
