import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import t, { type Test } from 'tap'
import { BootedRoot, whyNoBoot } from '../support/booted-root.ts'
import { buildDeb, NOT_ASKED } from '../support/builds.ts'
import { DebianRoot } from '../support/debian-root.ts'
import { until } from '../support/until.ts'

const UNIT = 'hygeia-daemon.service'
const TREE = '/usr/lib/hygeia/daemon'
/** Of its own on the loopback network, for the ports that the unit may bind are taken on the usual one. */
const HOST = '127.77.0.1'
const SWARM = `/ip4/${HOST}/tcp/4001`
const SLOW_MS = 120_000
const ENGINES = ['geth', 'ipfs'] as const

t.setTimeout(1_800_000)

t.test(
  'the package runs a hospital in the unit that is shipped, with geth and Kubo as children',
  {
    skip: NOT_ASKED ?? whyNoBoot() ?? false,
  },
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'hygeia-daemon-'))
    t.teardown(() => rm(folder, { recursive: true, force: true }))
    const deb = await buildDeb(folder, '0.1.0', 'hygeia-daemon')
    const root = await DebianRoot.make(join(folder, 'root'))
    await copyFile(deb, root.at(basename(deb)))
    const installed = await root.run('dpkg', '--install', `/${basename(deb)}`)
    t.match(installed, { code: 0, output: /Next: sudo -u hygeia-daemon hygeia-daemon init/ })
    await checkSbom(t, JSON.parse(await readFile(`${deb}.cdx.json`, 'utf8')), root)

    await mkdir(root.at('/usr/local/bin'), { recursive: true })
    for (const name of ENGINES) await copyFile(engineAt(name), root.at(`/usr/local/bin/${name}`))
    await using booted = await BootedRoot.boot(root)
    const asDaemon = (...command: string[]) =>
      booted.run('setpriv', '--reuid=hygeia-daemon', '--regid=hygeia-daemon', '--clear-groups', ...command)
    const state = '/var/lib/hygeia-daemon'
    const init = ['init', '--dir', state, '--host', HOST, '--period', '1', '--swarm', SWARM]
    const made = await asDaemon('hygeia-daemon', ...init)
    t.match(made, { code: 0 }, made.output)
    const config = JSON.parse(await readFile(root.at(`${state}/daemon.json`), 'utf8'))
    for (const door of [config.api, config.mqtt, config.coap]) door.host = HOST
    config.chain = { engine: 'geth', rpc: { host: HOST }, p2p: { host: HOST }, cacheMb: 64 }
    config.ipfs = { node: 'kubo', listen: [SWARM], swarmKeyFile: `${state}/keys/swarm.key` }
    config.disk.leastFreeMiB = 80
    await writeFile(root.at(`${state}/daemon.json`), JSON.stringify(config))

    const started = await booted.run('systemctl', 'start', UNIT)
    const log = async () => (await booted.run('journalctl', '-u', UNIT, '--no-pager', '-n', '40')).output
    t.equal(started.code, 0, started.code === 0 ? 'it starts' : await log())
    const doctor = async () => {
      const { output } = await asDaemon(
        'hygeia-daemon',
        'doctor',
        '--json',
        '--config',
        `${state}/daemon.json`,
      )
      return JSON.parse(output).filter(({ isWell }: { isWell: boolean }) => !isWell)
    }
    const subjects = (await doctor()).map(({ subject }: { subject: string }) => subject)
    t.same(
      subjects.filter((subject: string) => subject !== 'clock synchronisation'),
      [],
      'doctor finds nothing',
    )

    const children = async () => {
      const pid = (await booted.run('systemctl', 'show', '--value', '--property=MainPID', UNIT)).output.trim()
      const names = `for child in $(cat /proc/${pid}/task/${pid}/children); do cat /proc/$child/comm; done`
      return (await booted.run('sh', '-c', names)).output.trim().split('\n').sort()
    }
    t.same(await children(), ENGINES, 'geth and Kubo are its children')
    await until('geth seals with what the unit allows', async () => (await blockNumber()) > 2, SLOW_MS)
    const told = (await booted.run('journalctl', '-u', UNIT, '--no-pager')).output
    t.notMatch(told, /telemetry/i, 'Kubo reports to nobody')
    t.equal((await booted.run('systemctl', 'restart', UNIT)).code, 0, 'it starts again')
    t.same(await children(), ENGINES, 'and both with it')
    const before = await blockNumber()
    await until('geth goes on', async () => (await blockNumber()) > before, SLOW_MS)
    t.equal((await booted.run('dpkg', '--purge', 'hygeia-daemon')).code, 0)
    t.equal((await booted.run('systemctl', 'is-active', UNIT)).output.trim(), 'inactive')
    t.ok(existsSync(root.at(`${state}/keys/receipt.key`)), 'keys and data stay')
    t.notOk(existsSync(root.at(TREE)), 'the program is gone')
  },
)

/** Each package in the tree is in the SBOM, as the version that is there. */
async function checkSbom(t: Test, sbom: Sbom, root: DebianRoot): Promise<void> {
  t.match(sbom, {
    bomFormat: 'CycloneDX',
    metadata: { component: { name: 'hygeia-daemon', version: '0.1.0' } },
  })
  const listed = new Map(sbom.components.map((one) => [one['bom-ref'], one]))
  t.equal(listed.size, sbom.components.length, 'each once')
  const there = await packagesIn(root.at(`${TREE}/node_modules`))
  t.ok(there.length > 200, `${there.length} packages`)
  t.same(
    there.filter((ref) => !listed.has(ref)),
    [],
    'none is missing',
  )
}

interface Sbom {
  readonly components: readonly { readonly 'bom-ref': string }[]
}

async function packagesIn(modules: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const entry of await readdir(modules, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name.startsWith('.') || entry.name === '@hygeia') continue
    const path = join(modules, entry.name)
    if (entry.name.startsWith('@')) {
      found.push(...(await packagesIn(path)))
      continue
    }
    const { name, version } = JSON.parse(await readFile(join(path, 'package.json'), 'utf8'))
    found.push(`${name}@${version}`)
    if (existsSync(join(path, 'node_modules'))) found.push(...(await packagesIn(join(path, 'node_modules'))))
  }
  return [...new Set(found)]
}

/** Of the hospital's chain, asked where it listens. */
async function blockNumber(): Promise<number> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_blockNumber', params: [] })
  const answer = await fetch(`http://${HOST}:8545/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  return Number(JSON.parse(await answer.text()).result)
}

/** From PATH, or where `make engines` keeps it. */
function engineAt(name: string): string {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'hygeia/engines')
  const script = `command -v ${name} || ls ${cache}/*/${name} | tail -1`
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' }).trim()
}
