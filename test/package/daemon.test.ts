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

    const engines = ENGINES.map((name) => [name, engineAt(name)] as const)
    const found = engines.filter(([, path]) => path !== undefined)
    await mkdir(root.at('/usr/local/bin'), { recursive: true })
    for (const [name, path] of found) await copyFile(path ?? '', root.at(`/usr/local/bin/${name}`))
    await using booted = await BootedRoot.boot(root)
    const asDaemon = (...command: string[]) =>
      booted.run('setpriv', '--reuid=hygeia-daemon', '--regid=hygeia-daemon', '--clear-groups', ...command)
    const state = '/var/lib/hygeia-daemon'
    const made = await asDaemon('hygeia-daemon', 'init', '--dir', state, '--host', HOST, '--period', '1')
    t.match(made, { code: 0 }, made.output)
    const config = JSON.parse(await readFile(root.at(`${state}/daemon.json`), 'utf8'))
    for (const door of [config.api, config.mqtt, config.coap, config.chain.rpc]) door.host = HOST
    config.disk.leastFreeMiB = 80
    await writeFile(root.at(`${state}/daemon.json`), JSON.stringify(config))
    await withEngines(
      root,
      state,
      found.map(([name]) => name),
    )

    await booted.run('systemctl', 'daemon-reload')
    const started = await booted.run('systemctl', 'start', UNIT)
    const log = async () => (await booted.run('journalctl', '-u', UNIT, '--no-pager', '-n', '40')).output
    t.equal(started.code, 0)
    if (started.code !== 0) t.comment(await log())
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

    if (found.length < ENGINES.length) t.comment('without geth and Kubo: make engines')
    for (const [name] of found) {
      const answers =
        name === 'geth'
          ? () => asDaemon('geth', 'attach', '--exec', 'eth.chainId()', `${state}/geth/geth.ipc`)
          : () => asDaemon('env', `IPFS_PATH=${state}/kubo`, 'ipfs', `--api=/ip4/${HOST}/tcp/5001`, 'id')
      await until(`${name} answers`, async () => (await answers()).code === 0, SLOW_MS).catch(
        async (cause) => {
          t.comment(await log())
          throw cause
        },
      )
      t.pass(`${name} runs with what the unit allows`)
    }
    const told = (await booted.run('journalctl', '-u', UNIT, '--no-pager')).output
    t.notMatch(told, /telemetry/i, 'Kubo reports to nobody')
    const control = await booted.run('systemctl', 'show', '--value', '--property=ControlGroup', UNIT)
    const pids = await booted.run('cat', `/sys/fs/cgroup${control.output.trim()}/cgroup.procs`)
    if (pids.code === 0)
      t.ok(pids.output.trim().split('\n').length > found.length, 'all in the unit’s control group')

    t.equal((await booted.run('systemctl', 'restart', UNIT)).code, 0, 'it starts again')
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

/** Start the engines beside the daemon, in its own unit, with its own rights. */
async function withEngines(root: DebianRoot, state: string, engines: readonly string[]): Promise<void> {
  const own = `${TREE}/sd-exec ${TREE}/node ${TREE}/daemon/bin/daemon.ts run --config ${state}/daemon.json`
  const script = [
    '#!/bin/sh',
    `export HOME=${state} IPFS_PATH=${state}/kubo`,
    ...(engines.includes('geth')
      ? [
          `geth --datadir ${state}/geth init ${state}/keys/genesis.json`,
          `geth --datadir ${state}/geth --syncmode full --gcmode archive --nodiscover --nat none --maxpeers 0 --authrpc.addr ${HOST} &`,
        ]
      : []),
    ...(engines.includes('ipfs')
      ? [
          `[ -e ${state}/kubo/config ] || ipfs init`,
          `ipfs config Addresses.API /ip4/${HOST}/tcp/5001`,
          'ipfs config --json Addresses.Gateway null',
          `ipfs config --json Addresses.Swarm '["/ip4/${HOST}/tcp/4001"]'`,
          'ipfs config --json Bootstrap "[]"',
          'ipfs config Routing.Type none',
          'ipfs config --json AutoConf.Enabled false',
          'ipfs config --json Discovery.MDNS.Enabled false',
          'ipfs daemon &',
        ]
      : []),
    `exec ${own}`,
    '',
  ].join('\n')
  await writeFile(root.at('/usr/local/bin/with-engines'), script, { mode: 0o755 })
  const dropIn = `/etc/systemd/system/${UNIT}.d`
  await mkdir(root.at(dropIn), { recursive: true })
  await writeFile(
    root.at(`${dropIn}/engines.conf`),
    '[Service]\nExecStart=\nExecStart=/usr/local/bin/with-engines\n',
  )
}

/** From PATH, or where `make engines` keeps it. */
function engineAt(name: string): string | undefined {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'hygeia/engines')
  const script = `command -v ${name} || ls ${cache}/*/${name} | tail -1`
  try {
    return (
      execFileSync('sh', ['-c', script], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() ||
      undefined
    )
  } catch {
    return undefined
  }
}
