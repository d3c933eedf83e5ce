// deb-daemon.mjs [--arch arm64|amd64]… [--version VERSION] [--out FOLDER]: builds hygeia-daemon_<version>_<arch>.deb
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeDaemonTree } from './daemon-tree.mjs'
import { putControl, putManPage } from './debian.mjs'
import { buildPackages, ROOT } from './package.mjs'
import { put } from './tree.mjs'

const PARTS = join(ROOT, 'packaging/daemon')
/** Where install-daemon puts the tree, and where the package does. */
const FROM_CHECKOUT = '/usr/local/lib/hygeia/daemon/current'
const FROM_PACKAGE = '/usr/lib/hygeia/daemon'

await buildPackages({
  workspace: 'daemon',
  limitMib: Infinity,
  fill: async ({ stage, nodeHome, arch, version, summary }) => {
    const tree = join(stage, FROM_PACKAGE)
    const { packages } = await makeDaemonTree({ root: ROOT, arch, nodeHome, tree })
    await putSystemFiles(stage, version)
    return { packages, putScripts: () => putMaintainerScripts(stage, { arch, version, summary }) }
  },
})

async function putSystemFiles(stage, version) {
  const files = {
    'usr/lib/sysusers.d/hygeia-daemon.conf': [ROOT, 'systemd/hygeia-daemon.sysusers'],
    // Starts nothing before it is enabled.
    'usr/lib/systemd/system/hygeia-coap-dtls.service': [ROOT, 'systemd/hygeia-coap-dtls.service'],
    'usr/share/hygeia-daemon/prometheus/hygeia.rules.yml': [PARTS, 'prometheus/hygeia.rules.yml'],
    'usr/share/hygeia-daemon/grafana': [PARTS, 'grafana'],
    'usr/share/hygeia-daemon/mosquitto': [PARTS, 'mosquitto'],
  }
  for (const [to, [folder, name]] of Object.entries(files)) await put(join(folder, name), join(stage, to))
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

async function putMaintainerScripts(stage, { arch, version, summary }) {
  const control = await putControl(stage, {
    Package: 'hygeia-daemon',
    Version: version,
    Architecture: arch.debian,
    // Node's own and the addons'; perl-base, which sd-exec is written for, is essential.
    Depends: 'libc6 (>= 2.36), libstdc++6 (>= 12), libgcc-s1, systemd (>= 252)',
    Suggests: 'prometheus, age, chrony, mosquitto, libcoap3-bin',
    Section: 'net',
    Priority: 'optional',
    Description: `${summary}: the hospital daemon of Hygeia
 Takes sealed batches from bedside agents, stores what it cannot read, proves on
 a chain that it holds it, and re-encrypts it for whom the patient allows.
 .
 After installing: man hygeia-daemon`,
  })
  for (const name of ['postinst', 'prerm', 'postrm']) {
    await writeFile(join(control, name), await readFile(join(PARTS, name), 'utf8'), { mode: 0o755 })
  }
}
