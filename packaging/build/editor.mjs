import { glob, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'

/** Workspaces below agent/ that are packages of Node-RED nodes, loaded by name while the agent runs. */
const NODE_PACKAGES = 'agent/*/package.json'

/**
 * What the editor needs that no bundle can hold: Node-RED finds its own packages, and ours, by looking.
 *
 * @returns packages to be copied, and the program that runs the editor; nothing where there is no editor
 */
export async function editorPackages(root) {
  const folders = []
  for await (const path of glob(NODE_PACKAGES, { cwd: root })) {
    const manifest = JSON.parse(await readFile(join(root, path), 'utf8'))
    if (manifest['node-red'] !== undefined)
      folders.push({ name: manifest.name, nodes: manifest['node-red'].nodes })
  }
  if (folders.length === 0) return { names: [], entries: {}, folders }
  return {
    names: ['node-red', '@node-red/editor-api', '@node-red/runtime', ...folders.map(({ name }) => name)],
    entries: { 'workers/editor': 'agent/src/workers/editor.ts' },
    folders,
  }
}

/** Node strips no types below node_modules: what is TypeScript in our node packages becomes JavaScript. */
export async function installEditorNodes({ tree, editor }) {
  for (const { name, nodes } of editor.folders) {
    const folder = join(tree, 'node_modules', name)
    const entries = Object.values(nodes).filter((path) => path.endsWith('.ts'))
    await build({
      absWorkingDir: folder,
      entryPoints: entries,
      outdir: folder,
      outbase: folder,
      bundle: true,
      packages: 'external',
      format: 'esm',
      platform: 'node',
      target: 'node24',
      legalComments: 'none',
      logLevel: 'warning',
    })
    const path = join(folder, 'package.json')
    const manifest = JSON.parse(await readFile(path, 'utf8'))
    const asScript = (file) => file.replace(/\.ts$/, '.js')
    manifest['node-red'].nodes = Object.fromEntries(
      Object.entries(nodes).map(([type, file]) => [type, asScript(file)]),
    )
    await writeFile(path, `${JSON.stringify(manifest, undefined, 2)}\n`)
    for await (const file of glob('**/*.ts', { cwd: folder })) await rm(join(folder, file))
  }
}
