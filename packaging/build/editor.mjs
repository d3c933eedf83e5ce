import { cp, glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'

/** Our nodes; Node-RED finds their pages and icons beside them. */
const NODES = 'agent/src/nodes'

/** What the editor needs that no bundle can hold, because Node-RED finds its own packages by looking. */
export const EDITOR = {
  names: ['node-red'],
  entries: { 'workers/editor': 'agent/src/workers/editor.ts' },
}

/** Node strips no types where a package lies: each node becomes one file of JavaScript, at the place of its door. */
export async function installEditorNodes({ root, tree }) {
  const from = join(root, NODES)
  const to = join(tree, 'nodes')
  const manifest = JSON.parse(await readFile(join(from, 'package.json'), 'utf8'))
  const doors = Object.values(manifest['node-red'].nodes)
  await build({
    absWorkingDir: from,
    entryPoints: doors,
    outdir: to,
    // What several have in common is there, and in memory, once.
    splitting: true,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    legalComments: 'none',
    logLevel: 'warning',
  })
  for await (const file of glob(['package.json', '*.html', 'icons/*', 'examples/*', 'resources/*'], {
    cwd: from,
  })) {
    await cp(join(from, file), join(to, file), { recursive: true })
  }
}
