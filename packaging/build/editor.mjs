import { cp, glob, mkdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'

/** Our nodes; Node-RED finds their pages and icons beside them. */
const NODES = 'agent/src/nodes'

/** What the editor needs that no bundle can hold, because Node-RED finds its own packages by looking. */
export const EDITOR_PACKAGES = ['node-red']

/** Programs of the editor: its worker, and each node by its door, all sharing what they have in common. */
export async function editorEntries(root) {
  const names = (await doorsOf(root)).map((door) => basename(door, '.js'))
  return {
    'workers/editor': 'agent/src/workers/editor.ts',
    ...Object.fromEntries(names.map((name) => [`nodes/${name}`, `${NODES}/${name}.ts`])),
  }
}

/** What Node-RED looks for beside the bundled nodes. */
export async function installEditorNodes({ root, tree }) {
  const from = join(root, NODES)
  const to = join(tree, 'nodes')
  await mkdir(to, { recursive: true })
  for await (const file of glob(['package.json', '*.html', 'icons/*', 'examples/*', 'resources/*'], {
    cwd: from,
  })) {
    await cp(join(from, file), join(to, file), { recursive: true })
  }
  for (const door of await doorsOf(root)) {
    const text = await readFile(join(from, door), 'utf8')
    await writeFile(join(to, door), text.replace(".ts'", ".mjs'"))
  }
}

/** Files that Node-RED loads, each the door to a node in TypeScript. */
async function doorsOf(root) {
  const manifest = JSON.parse(await readFile(join(root, NODES, 'package.json'), 'utf8'))
  return Object.values(manifest['node-red'].nodes)
}
