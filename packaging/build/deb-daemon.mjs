// deb-daemon.mjs [--arch arm64|amd64]… [--version VERSION] [--out FOLDER]: builds hygeia-daemon_<version>_<arch>.deb
import { copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ARCHITECTURES } from './architecture.mjs'
import { copyrightOf } from './copyright.mjs'
import { makeDaemonTree } from './daemon-tree.mjs'
import { checkVersion, packDeb, putControl, putManPage, sourceDate } from './debian.mjs'
import { fetchNode } from './native.mjs'
import { sbomOf } from './sbom.mjs'
import { put, settle } from './tree.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const PARTS = join(ROOT, 'packaging/daemon')
const BUILD = join(ROOT, '.build')
/** Where install-daemon puts the tree, and where the package does. */
const FROM_CHECKOUT = '/usr/local/lib/hygeia/daemon/current'
const FROM_PACKAGE = '/usr/lib/hygeia/daemon'
const MIB = 1_048_576

const { values } = parseArgs({
  options: {
    arch: { type: 'string', multiple: true, default: ['arm64', 'amd64'] },
    version: { type: 'string' },
    out: { type: 'string', default: BUILD },
  },
})
const manifest = JSON.parse(await readFile(join(ROOT, 'daemon/package.json'), 'utf8'))
const version = values.version ?? manifest.version
checkVersion(version)
const at = sourceDate(ROOT)

for (const name of values.arch) {
  const arch = ARCHITECTURES[name]
  if (arch === undefined) throw new Error(`no architecture ${name}; there are ${Object.keys(ARCHITECTURES)}`)
  const file = await buildPackage(arch)
  console.log(`${file}  ${((await stat(file)).size / MIB).toFixed(1)} MiB`)
}

async function buildPackage(arch) {
  const out = resolve(values.out)
  await mkdir(out, { recursive: true })
  await mkdir(BUILD, { recursive: true })
  // Of its own, so that two builds may run at once.
  const scratch = await mkdtemp(join(BUILD, 'deb-daemon-'))
  const stage = join(scratch, 'root')
  const nodeHome = await fetchNode(ROOT, BUILD, arch)
  const { packages } = await makeDaemonTree({ root: ROOT, arch, nodeHome, tree: join(stage, FROM_PACKAGE) })
  await putSystemFiles(stage)
  const doc = join(stage, 'usr/share/doc/hygeia-daemon')
  await mkdir(doc, { recursive: true })
  await writeFile(join(doc, 'copyright'), await copyrightOf(ROOT, nodeHome, packages))
  const of = { root: ROOT, workspace: 'daemon', name: 'hygeia-daemon', version, nodeHome, packages, at }
  await writeFile(join(doc, 'sbom.cdx.json'), await sbomOf(of))
  await putScripts(stage, arch)
  await settle(stage, at)
  const file = join(out, `hygeia-daemon_${version}_${arch.debian}.deb`)
  await packDeb(stage, file, at)
  await copyFile(join(doc, 'sbom.cdx.json'), `${file}.cdx.json`)
  await rm(scratch, { recursive: true, force: true })
  return file
}

async function putSystemFiles(stage) {
  await put(
    join(ROOT, 'systemd/hygeia-daemon.sysusers'),
    join(stage, 'usr/lib/sysusers.d/hygeia-daemon.conf'),
  )
  await put(
    join(PARTS, 'prometheus/hygeia.rules.yml'),
    join(stage, 'usr/share/hygeia-daemon/prometheus/hygeia.rules.yml'),
  )
  await put(join(PARTS, 'grafana'), join(stage, 'usr/share/hygeia-daemon/grafana'))
  for (const [from, to] of [
    [join(PARTS, 'hygeia-daemon'), 'usr/bin/hygeia-daemon'],
    [join(ROOT, 'systemd/hygeia-daemon.service'), 'usr/lib/systemd/system/hygeia-daemon.service'],
  ]) {
    await put(from, join(stage, to))
    const text = await readFile(from, 'utf8')
    await writeFile(join(stage, to), text.replaceAll(FROM_CHECKOUT, FROM_PACKAGE))
  }
  await putManPage(join(PARTS, 'hygeia-daemon.8'), stage, 'hygeia-daemon.8', version)
}

async function putScripts(stage, arch) {
  const control = await putControl(stage, {
    Package: 'hygeia-daemon',
    Version: version,
    Architecture: arch.debian,
    // Node's own and the addons'; perl-base, which sd-exec is written for, is essential.
    Depends: 'libc6 (>= 2.36), libstdc++6 (>= 12), libgcc-s1, systemd (>= 252)',
    Suggests: 'prometheus, age, chrony',
    Section: 'net',
    Priority: 'optional',
    Description: `${manifest.description.toLowerCase()}: the hospital daemon of Hygeia
 Takes sealed batches from bedside agents, stores what it cannot read, proves on
 a chain that it holds it, and re-encrypts it for whom the patient allows.
 .
 After installing: man hygeia-daemon`,
  })
  for (const name of ['postinst', 'prerm', 'postrm']) {
    await writeFile(join(control, name), await readFile(join(PARTS, name), 'utf8'), { mode: 0o755 })
  }
}
