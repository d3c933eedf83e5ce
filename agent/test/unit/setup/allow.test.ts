import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { AgentConfig } from '../../../src/config/config.ts'
import { defaultConfig } from '../../../src/config/default-config.ts'
import { Allowing, namesOf, OPENINGS } from '../../../src/setup/allow.ts'
import { SetupError } from '../../../src/setup/errors.ts'
import { linuxMachine, type Machine } from '../../../src/setup/machine.ts'
import { testFolder } from '../../support/bedside.ts'

const UNIT = fileURLToPath(new URL('../../../../systemd/hygeia-agent.service', import.meta.url))

/** A system that runs systemd and has these groups. */
class PaperSystem implements Machine {
  readonly commands: string[] = []
  readonly groups: readonly string[]
  readonly isBooted: boolean

  constructor({ groups = ['dialout', 'bluetooth'], isBooted = true } = {}) {
    this.groups = groups
    this.isBooted = isBooted
  }

  has(path: string): boolean {
    return path === '/run/systemd/system' ? this.isBooted : existsSync(path)
  }

  async run(program: string, args: readonly string[]): Promise<string> {
    this.commands.push([program, ...args].join(' '))
    if (program === 'getent' && !this.groups.includes(args[1] ?? '')) {
      throw new SetupError('getent group: ended with 2', { code: 'PROGRAM_FAILED', program })
    }
    return ''
  }
}

async function setUp(t: { teardown(work: () => unknown): unknown }, machine = new PaperSystem()) {
  const folder = await testFolder(t)
  const config = join(folder, 'agent.json')
  const dropIns = join(folder, 'hygeia-agent.service.d')
  const written = { ...defaultConfig('/state'), editor: { port: 1_900, allow: { http: true } } }
  await writeFile(config, JSON.stringify(written), { mode: 0o644 })
  const allowing = new Allowing({ config, dropIns }, { machine })
  const read = async () => JSON.parse(await readFile(config, 'utf8'))
  return { allowing, config, dropIns, machine, written, read }
}

t.test('a setting of the editor changes, and nothing else that its owner wrote', async (t) => {
  const { allowing, config, written, read } = await setUp(t)
  t.same(await allowing.open(), ['http'])
  await allowing.set(['palette', 'modules'], true)
  t.same(await read(), {
    ...written,
    editor: { port: 1_900, allow: { http: true, palette: true, modules: true } },
  })
  t.match(AgentConfig.parse(await read()).editor.allow, { palette: true, modules: true })
  t.equal((await stat(config)).mode & 0o777, 0o644)
  await allowing.set(['palette', 'http'], false)
  t.same(await allowing.open(), ['modules'])
})

t.test('a serial port and Bluetooth are additions to the unit, and are taken back whole', async (t) => {
  const { allowing, dropIns, machine, read, written } = await setUp(t)
  await allowing.set(['serial', 'bluetooth'], true)
  t.same(await allowing.open(), ['http', 'serial', 'bluetooth'])
  const serial = await readFile(join(dropIns, 'allow-serial.conf'), 'utf8')
  t.match(serial, /^SupplementaryGroups=dialout$/m)
  t.match(serial, /^DeviceAllow=char-ttyUSB rw$/m)
  t.match(await readFile(join(dropIns, 'allow-bluetooth.conf'), 'utf8'), /^SupplementaryGroups=bluetooth$/m)
  t.same(await read(), written, 'the configuration is as it was')
  t.equal(machine.commands.at(-1), 'systemctl daemon-reload')
  await allowing.set(['serial', 'bluetooth'], false)
  t.same(await allowing.open(), ['http'])
  t.equal(existsSync(join(dropIns, 'allow-serial.conf')), false)
})

t.test('a group that is not there would keep the unit from starting: nothing changes', async (t) => {
  const { allowing, dropIns, read, written } = await setUp(t, new PaperSystem({ groups: ['dialout'] }))
  await t.rejects(allowing.set(['palette', 'serial', 'bluetooth'], true), {
    code: 'GROUP_MISSING',
    message: /apt install bluez/,
  })
  t.equal(existsSync(dropIns), false)
  t.same(await read(), written)
})

t.test('an agent without its unit is not locked, and is told so', async (t) => {
  const { allowing, dropIns } = await setUp(t, new PaperSystem({ isBooted: false }))
  t.match(await allowing.set(['serial'], true), [/does not run systemd/])
  t.equal(existsSync(dropIns), false)
})

t.test('without a configuration it says what to do', async (t) => {
  const folder = await testFolder(t)
  const allowing = new Allowing({ config: join(folder, 'none'), dropIns: folder }, { machine: linuxMachine })
  await t.rejects(allowing.open(), { code: 'NO_CONFIG', message: /run setup first/ })
})

t.test(
  'systemd takes every addition',
  { skip: !existsSync('/usr/bin/systemd-analyze') && 'no systemd-analyze' },
  async (t) => {
    const { allowing, dropIns } = await setUp(t)
    await allowing.set(namesOf(OPENINGS), true)
    const unit = join(dropIns, '..', 'hygeia-agent.service')
    // Programs of the package are not on this machine.
    const text = await readFile(UNIT, 'utf8')
    await writeFile(unit, text.replaceAll(/^(Exec\w+=\+?)\S+/gm, '$1/bin/true'))
    // What it does not know it ignores, and says so.
    const { stderr } = await promisify(execFile)('systemd-analyze', ['verify', '--man=no', unit])
    t.notMatch(stderr, /allow-\w+\.conf/)
  },
)
