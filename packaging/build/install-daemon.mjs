// install-daemon.mjs [--root FOLDER]: installs the hospital daemon from this checkout, below FOLDER if told
import { cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ARCHITECTURES, HERE } from './architecture.mjs'
import { makeDaemonTree } from './daemon-tree.mjs'
import { run } from './run.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const { values } = parseArgs({ options: { root: { type: 'string', default: '' } } })
const arch = ARCHITECTURES[HERE]
const { version } = JSON.parse(await readFile(join(ROOT, 'daemon/package.json'), 'utf8'))
const trees = join(values.root, '/usr/local/lib/hygeia/daemon')

// Beside the one that runs, and in its place only when it is whole.
const tree = join(trees, `${version}.new`)
await rm(tree, { recursive: true, force: true })
const nodeHome = join(ROOT, `tools/node/node_modules/node-linux-${arch.npm}`)
await makeDaemonTree({ root: ROOT, arch, nodeHome, tree })
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
