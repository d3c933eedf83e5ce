// install-daemon.mjs [--root FOLDER]: installs the hospital daemon from this checkout, below FOLDER if told
import { cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ARCHITECTURES, HERE } from './architecture.mjs'
import { closureOf, copyPackages } from './closure.mjs'
import { installNode } from './native.mjs'
import { run } from './run.mjs'
import { put } from './tree.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
/** What of each workspace runs; Node strips its types, since it lies outside of node_modules. */
const WORKSPACES = {
  protocol: ['src'],
  runtime: ['src'],
  contracts: ['generated', 'deploy', 'genesis'],
  daemon: ['bin', 'src'],
}

const { values } = parseArgs({ options: { root: { type: 'string', default: '' } } })
const arch = ARCHITECTURES[HERE]
const { version } = JSON.parse(await readFile(join(ROOT, 'daemon/package.json'), 'utf8'))
const trees = join(values.root, '/usr/local/lib/hygeia/daemon')

// Beside the one that runs, and in its place only when it is whole.
const tree = join(trees, `${version}.new`)
await rm(tree, { recursive: true, force: true })
await mkdir(join(tree, 'node_modules/@hygeia'), { recursive: true })
await installNode(join(ROOT, `tools/node/node_modules/node-linux-${arch.npm}`), arch, join(tree, 'node'))
await put(join(ROOT, 'systemd/sd-exec'), join(tree, 'sd-exec'))
for (const [name, folders] of Object.entries(WORKSPACES)) {
  for (const folder of [...folders, 'package.json'])
    await put(join(ROOT, name, folder), join(tree, name, folder))
  await symlink(`../../${name}`, join(tree, 'node_modules/@hygeia', name))
}
await copyPackages(ROOT, await dependencies(), tree)
await place(tree, join(trees, version))

for (const [from, to] of [
  ['packaging/daemon/hygeia-daemon', 'bin/hygeia-daemon'],
  ['systemd/hygeia-daemon.service', 'lib/systemd/system/hygeia-daemon.service'],
  ['systemd/hygeia-daemon.sysusers', 'lib/sysusers.d/hygeia-daemon.conf'],
]) {
  await mkdir(dirname(join(values.root, '/usr/local', to)), { recursive: true })
  await cp(join(ROOT, from), join(values.root, '/usr/local', to))
}
if (values.root === '') {
  await run('systemd-sysusers', ['/usr/local/lib/sysusers.d/hygeia-daemon.conf'])
  await run('install', [
    '-d',
    '-o',
    'hygeia-daemon',
    '-g',
    'hygeia-daemon',
    '-m',
    '0700',
    '/var/lib/hygeia-daemon',
  ])
  await run('systemctl', ['daemon-reload'])
}
console.log(`installed in ${join(trees, version)}
Next: sudo -u hygeia-daemon hygeia-daemon init --dir /var/lib/hygeia-daemon --host NAME
      sudo systemctl enable --now hygeia-daemon`)

async function dependencies() {
  const folders = new Set()
  for (const name of Object.keys(WORKSPACES)) {
    const { dependencies = {} } = JSON.parse(await readFile(join(ROOT, name, 'package.json'), 'utf8'))
    const found = await closureOf(ROOT, join(ROOT, name), Object.keys(dependencies), { cpu: arch.npm })
    for (const folder of found) folders.add(folder)
  }
  return [...folders].sort()
}

/** Have `current` point at the new tree; one of the same version makes way. */
async function place(from, to) {
  const before = `${to}.old`
  await rm(before, { recursive: true, force: true })
  await rename(to, before).catch((cause) => {
    if (cause.code !== 'ENOENT') throw cause
  })
  await rename(from, to)
  const link = join(dirname(to), 'current')
  await rm(`${link}.new`, { force: true })
  await symlink(version, `${link}.new`)
  await rename(`${link}.new`, link)
  await rm(before, { recursive: true, force: true })
}
