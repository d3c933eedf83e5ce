// deb.mjs [--arch arm64|amd64]… [--version VERSION] [--out FOLDER]: builds hygeia-agent_<version>_<arch>.deb
import { copyFile, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ARCHITECTURES } from './architecture.mjs'
import { copyrightOf } from './copyright.mjs'
import { checkVersion, packDeb, putControl, putManPage, sourceDate } from './debian.mjs'
import { fetchNode } from './native.mjs'
import { sbomOf } from './sbom.mjs'
import { makeTree, put, settle, writeSums } from './tree.mjs'

const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const PARTS = join(ROOT, 'packaging/agent')
const BUILD = join(ROOT, '.build')
const MIB = 1_048_576
const LIMIT_BYTES = 60 * MIB

const { values } = parseArgs({
  options: {
    arch: { type: 'string', multiple: true, default: ['arm64', 'amd64'] },
    version: { type: 'string' },
    out: { type: 'string', default: BUILD },
  },
})
const manifest = JSON.parse(await readFile(join(ROOT, 'agent/package.json'), 'utf8'))
const version = values.version ?? manifest.version
checkVersion(version)
const at = sourceDate(ROOT)

for (const name of values.arch) {
  const arch = ARCHITECTURES[name]
  if (arch === undefined) throw new Error(`no architecture ${name}; there are ${Object.keys(ARCHITECTURES)}`)
  const file = await buildPackage(arch)
  const { size } = await stat(file)
  console.log(`${file}  ${(size / MIB).toFixed(1)} MiB`)
  if (size > LIMIT_BYTES) throw new Error(`larger than ${LIMIT_BYTES / MIB} MiB`)
}

async function buildPackage(arch) {
  const out = resolve(values.out)
  await mkdir(out, { recursive: true })
  // Of its own, so that two builds may run at once.
  const scratch = await mkdtemp(join(BUILD, 'deb-'))
  const stage = join(scratch, 'root')
  const nodeHome = await fetchNode(ROOT, BUILD, arch)
  const tree = join(stage, 'usr/lib/hygeia/agent', version)
  const work = join(scratch, 'addons')
  const { packages } = await makeTree({ root: ROOT, arch, version, nodeHome, tree, work })
  await putSystemFiles(stage)
  const doc = join(stage, 'usr/share/doc/hygeia-agent')
  await mkdir(doc, { recursive: true })
  await writeFile(join(doc, 'copyright'), await copyrightOf(ROOT, nodeHome, packages))
  const of = { root: ROOT, workspace: 'agent', name: 'hygeia-agent', version, nodeHome, packages, at }
  await writeFile(join(doc, 'sbom.cdx.json'), await sbomOf(of))
  await settle(stage, at)
  await writeSums(tree)
  await putScripts(stage, arch)
  await settle(stage, at)
  const file = join(out, `hygeia-agent_${version}_${arch.debian}.deb`)
  await packDeb(stage, file, at)
  await copyFile(join(doc, 'sbom.cdx.json'), `${file}.cdx.json`)
  await rm(scratch, { recursive: true, force: true })
  return file
}

/** Everything that lies outside of the versioned tree. */
async function putSystemFiles(stage) {
  const files = {
    'usr/bin/hygeia-agent': [PARTS, 'hygeia-agent'],
    'usr/lib/hygeia/versions.sh': [PARTS, 'versions.sh'],
    'usr/lib/hygeia/hygeia-agent-versions': [PARTS, 'hygeia-agent-versions'],
    'usr/lib/udev/rules.d/60-hygeia-agent.rules': [PARTS, 'hygeia-agent.rules'],
    'usr/lib/tmpfiles.d/hygeia-agent.conf': [PARTS, 'hygeia-agent.tmpfiles'],
    'usr/lib/modules-load.d/hygeia-agent.conf': [PARTS, 'hygeia-agent.modules'],
    'usr/share/bash-completion/completions/hygeia-agent': [PARTS, 'hygeia-agent.bash-completion'],
    'usr/lib/sysusers.d/hygeia-agent.conf': [ROOT, 'systemd/hygeia-agent.sysusers'],
    'usr/lib/systemd/system/hygeia-agent.service': [ROOT, 'systemd/hygeia-agent.service'],
    'usr/lib/systemd/system/hygeia-agent-repair.service': [ROOT, 'systemd/hygeia-agent-repair.service'],
  }
  for (const [to, [folder, name]] of Object.entries(files)) await put(join(folder, name), join(stage, to))
  const wants = join(stage, 'usr/lib/systemd/system/multi-user.target.wants')
  await mkdir(wants, { recursive: true })
  await symlink('../hygeia-agent-repair.service', join(wants, 'hygeia-agent-repair.service'))
  await putManPage(join(PARTS, 'hygeia-agent.8'), stage, 'hygeia-agent.8', version)
}

async function putScripts(stage, arch) {
  const control = await putControl(stage, {
    Package: 'hygeia-agent',
    Version: version,
    Architecture: arch.debian,
    // Node's own, the addons' and the scripts': perl-base, which sd-exec is written for, is essential.
    Depends:
      'libc6 (>= 2.36), libstdc++6 (>= 12), libgcc-s1, systemd (>= 252), debconf (>= 0.5) | debconf-2.0',
    Section: 'net',
    Priority: 'optional',
    Description: `${manifest.description.toLowerCase()}: the bedside agent of Hygeia
 Reads sensors at a patient's side over I2C and GPIO, encrypts what they say
 under the patient's key and sends it to a hospital that cannot read it.
 .
 After installing: sudo hygeia-agent setup`,
  })
  await put(join(PARTS, 'templates'), join(control, 'templates'))
  const versions = await readFile(join(PARTS, 'versions.sh'), 'utf8')
  for (const name of ['preinst', 'postinst', 'prerm', 'postrm']) {
    const source = join(PARTS, name === 'preinst' || name === 'postinst' ? `${name}.in` : name)
    const text = (await readFile(source, 'utf8'))
      .replace('@VERSIONS@', () => versions)
      .replaceAll('@VERSION@', version)
    await writeFile(join(control, name), text, { mode: 0o755 })
  }
}
