import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { chmod, copyFile, cp, lutimes, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { bundle, bundledPackages, UNBUNDLED } from './bundle.mjs'
import { closureOf, copyPackages } from './closure.mjs'
import { EDITOR_PACKAGES, editorEntries, installEditorNodes } from './editor.mjs'
import { installAddons, installNode } from './native.mjs'

const ENTRIES = {
  agent: 'agent/bin/agent.ts',
  'workers/delivery': 'agent/src/workers/delivery.ts',
  'workers/sampling': 'agent/src/workers/sampling.ts',
}

/**
 * One version of the agent, ready to run: Node, bundle, and the packages that are not in the bundle.
 *
 * @param tree - folder to make
 * @param work - folder to compile in
 * @returns folders of the packages in it, relative to `root`
 */
export async function makeTree({ root, arch, version, nodeHome, tree, work }) {
  await mkdir(tree, { recursive: true })
  await installNode(nodeHome, arch, join(tree, 'node'))
  await copyFile(join(root, 'systemd/sd-exec'), join(tree, 'sd-exec'))
  const external = [...UNBUNDLED, ...EDITOR_PACKAGES]
  const entries = { ...ENTRIES, ...(await editorEntries(root)) }
  const metafile = await bundle({ root, entries, outdir: tree, external, version })
  const folders = await closureOf(root, join(root, 'agent'), external, { cpu: arch.npm })
  await copyPackages(root, folders, tree)
  await installEditorNodes({ root, tree })
  await installAddons({ root, nodeHome, arch, work, modules: join(tree, 'node_modules') })
  await writeFile(
    join(tree, 'package.json'),
    `${JSON.stringify({ name: 'hygeia-agent', version, type: 'module' })}\n`,
  )
  return { packages: [...new Set([...folders, ...bundledPackages(metafile)])].sort() }
}

/** Every file below `tree`, relative to it, in a fixed order. */
export async function filesOf(tree) {
  const entries = await readdir(tree, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(tree, join(entry.parentPath, entry.name)))
    .sort()
}

/** What repair at boot compares the tree with. */
export async function writeSums(tree) {
  const lines = []
  for (const file of await filesOf(tree)) {
    const hash = createHash('sha256')
    await pipeline(createReadStream(join(tree, file)), hash)
    lines.push(`${hash.digest('hex')}  ${file}\n`)
  }
  await writeFile(join(tree, 'SHA256SUMS'), lines.join(''))
}

/** The same modes and times wherever and whenever it was built. @param at - seconds since the Unix epoch */
export async function settle(tree, at) {
  const entries = await readdir(tree, { recursive: true, withFileTypes: true })
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isSymbolicLink()) {
      const isOpen = entry.isDirectory() || ((await stat(path)).mode & 0o100) !== 0
      await chmod(path, isOpen ? 0o755 : 0o644)
    }
    await lutimes(path, at, at)
  }
  await chmod(tree, 0o755)
  await lutimes(tree, at, at)
}

/** Put `from` at `to` below a new folder. */
export async function put(from, to) {
  await mkdir(dirname(to), { recursive: true })
  await rm(to, { recursive: true, force: true })
  await cp(from, to, { recursive: true })
}
