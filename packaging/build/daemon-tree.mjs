import { existsSync } from 'node:fs'
import { glob, mkdir, readFile, rm, symlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { closureOf, copyPackages } from './closure.mjs'
import { installNode } from './native.mjs'
import { put } from './tree.mjs'

/** What of each workspace runs; Node strips its types, since it lies outside of node_modules. */
const WORKSPACES = {
  protocol: ['src'],
  runtime: ['src'],
  contracts: ['generated', 'deploy', 'genesis'],
  daemon: ['bin', 'src'],
}

/**
 * The hospital daemon, ready to run: Node, its sources, and the packages that they need.
 *
 * @param tree - new folder
 * @returns folders of the packages in it, relative to `root`
 */
export async function makeDaemonTree({ root, arch, nodeHome, tree }) {
  await mkdir(join(tree, 'node_modules/@hygeia'), { recursive: true })
  await installNode(nodeHome, arch, join(tree, 'node'))
  await put(join(root, 'systemd/sd-exec'), join(tree, 'sd-exec'))
  for (const [name, folders] of Object.entries(WORKSPACES)) {
    for (const folder of [...folders, 'package.json'])
      await put(join(root, name, folder), join(tree, name, folder))
    await symlink(`../../${name}`, join(tree, 'node_modules/@hygeia', name))
  }
  // What "make dapp" built; without it the daemon says how to, and serves its API.
  const dapp = join(root, '.build/dapp')
  if (existsSync(join(dapp, 'dapp.json'))) await put(dapp, join(tree, 'dapp'))
  const packages = await dependencies(root, arch)
  await copyPackages(root, packages, tree)
  await dropForeign(join(tree, 'node_modules'), arch)
  return { packages }
}

/** Native halves for other machines, and for another C library than Debian's. */
async function dropForeign(modules, { npm }) {
  for await (const path of glob(join(modules, '**/prebuilds/*'))) {
    if (basename(path) !== `linux-${npm}`) await rm(path, { recursive: true, force: true })
  }
  for await (const path of glob(join(modules, '**/prebuilds/*/*.musl.node'))) await rm(path)
}

async function dependencies(root, arch) {
  const folders = new Set()
  for (const name of Object.keys(WORKSPACES)) {
    const { dependencies = {} } = JSON.parse(await readFile(join(root, name, 'package.json'), 'utf8'))
    const found = await closureOf(root, join(root, name), Object.keys(dependencies), { cpu: arch.npm })
    for (const folder of found) folders.add(folder)
  }
  return [...folders].sort()
}
