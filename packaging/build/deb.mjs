// deb.mjs [--arch arm64|amd64]… [--version VERSION] [--out FOLDER]: builds hygeia-agent_<version>_<arch>.deb
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { putControl, putManPage } from './debian.mjs'
import { buildPackages, ROOT } from './package.mjs'
import { makeTree, put, writeSums } from './tree.mjs'

const PARTS = join(ROOT, 'packaging/agent')

await buildPackages({
  workspace: 'agent',
  limitMib: 60,
  fill: async ({ stage, scratch, nodeHome, arch, version, summary }) => {
    const tree = join(stage, 'usr/lib/hygeia/agent', version)
    const work = join(scratch, 'addons')
    const { packages } = await makeTree({ root: ROOT, arch, version, nodeHome, tree, work })
    await putSystemFiles(stage, version)
    const putScripts = async () => {
      await writeSums(tree)
      await putMaintainerScripts(stage, { arch, version, summary })
    }
    return { packages, putScripts }
  },
})

/** Everything that lies outside of the versioned tree. */
async function putSystemFiles(stage, version) {
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

async function putMaintainerScripts(stage, { arch, version, summary }) {
  const control = await putControl(stage, {
    Package: 'hygeia-agent',
    Version: version,
    Architecture: arch.debian,
    // Node's own, the addons' and the scripts': perl-base, which sd-exec is written for, is essential.
    Depends:
      'libc6 (>= 2.36), libstdc++6 (>= 12), libgcc-s1, systemd (>= 252), debconf (>= 0.5) | debconf-2.0',
    Section: 'net',
    Priority: 'optional',
    Description: `${summary}: the bedside agent of Hygeia
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
