import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SetupError } from '@hygeia/agent/setup/errors'
import type { Machine } from '@hygeia/agent/setup/machine'
import { linuxMachine } from '@hygeia/agent/setup/machine'
import { type SetupOptions, setUp } from '@hygeia/agent/setup/setup'
import type { Address, Hex32 } from '@hygeia/protocol/ids'
import { formatEnrolment } from '@hygeia/protocol/pairing/enrolment'
import { pairingWords } from '@hygeia/protocol/pairing/offer'
import type { MonotonicMs, UnixMs } from '@hygeia/protocol/units'
import { SimulatedClock } from '@hygeia/runtime/simulated-clock'
import t from 'tap'
import { testFolder } from '../../support/bedside.ts'
import { NEVER } from '../../support/line.ts'
import { ScriptedTerminal } from '../../support/scripted-terminal.ts'

const address = (digit: string) => `0x${digit.repeat(40)}` as Address
const hex32 = (digit: string) => `0x${digit.repeat(64)}` as Hex32
const enrolment = {
  realm: { chainId: 7, directory: address('1'), genesis: hex32('2') },
  patient: address('3'),
  hospitals: [
    { hospital: address('4'), receiptKey: address('5'), caHash: hex32('6'), api: 'https://h.example' },
  ],
  secret: new Uint8Array(16).fill(9),
  expires: 60_000 as UnixMs,
}

/** A Pi with I2C off; systemd-creds keeps what it is given as it is. */
class PaperPi implements Machine {
  readonly commands: string[] = []
  readonly there = new Set(['/usr/bin/raspi-config', '/run/systemd/system'])

  has(path: string): boolean {
    return this.there.has(path) || existsSync(path)
  }

  async run(program: string, args: readonly string[], input = ''): Promise<string> {
    this.commands.push([program, ...args].join(' '))
    if (program === '/usr/bin/raspi-config') this.there.add('/dev/i2c-1')
    if (args[0] === 'encrypt') return input
    return args[0] === 'decrypt' ? readFile(args.at(-2) ?? '', 'utf8') : ''
  }
}

async function setting(t: Parameters<typeof testFolder>[0], answers: string[]) {
  const folder = await testFolder(t)
  const options: SetupOptions = {
    config: join(folder, 'etc/agent.json'),
    state: join(folder, 'state'),
    sealedKey: join(folder, 'creds/device.key'),
    enrolment: undefined,
    i2c: true,
    sensors: true,
    pair: true,
    password: true,
    start: true,
    wait: true,
  }
  const commands: string[] = []
  const clock = new SimulatedClock({
    startUnix: 0 as UnixMs,
    startMonotonic: 0 as MonotonicMs,
    speed: Number.POSITIVE_INFINITY,
  })
  const deps = {
    terminal: new ScriptedTerminal(answers),
    machine: new PaperPi(),
    clock,
    command: (name: string) => async () => void commands.push(name),
  }
  return { options, deps, commands, folder }
}

t.test('from nothing to a service that pairs by itself', async (t) => {
  const { options, deps, commands } = await setting(t, ['y', 'hygeia1:mistyped', formatEnrolment(enrolment)])
  await setUp(options, deps, NEVER)
  const { said } = deps.terminal
  t.same(commands, ['scan', 'password'])
  t.match(deps.machine.commands, [
    '/usr/bin/raspi-config nonint do_i2c 0',
    /^systemd-creds encrypt /,
    /^systemd-creds decrypt /,
    /^systemd-creds decrypt /,
    /^systemctl enable /,
    /^systemctl reset-failed /,
    /^systemctl restart /,
  ])
  const device = /^Device +(0x[0-9a-f]{40})$/m.exec(said)?.[1] as Address
  t.match(said, `Words      ${pairingWords(enrolment, device).join(' ')}`)
  t.match(said, /That is not it: enrolment/, 'what is mistyped can be typed again')
  t.match(said, /█/, 'a QR code of the app')
  t.match(said, /nobody answered in time/, 'the simulated minute passed')
  t.equal((await readFile(join(options.state, 'enrolment'), 'utf8')).trim(), formatEnrolment(enrolment))
  t.notOk(existsSync(join(options.state, 'device.key')))
  t.notMatch(said, formatEnrolment(enrolment).slice(0, 40), 'secrets are not repeated')
})

t.test('again, it leaves what is done', async (t) => {
  const { options, deps } = await setting(t, ['y', ''])
  await setUp(options, deps, NEVER)
  t.match(deps.terminal.said, /Hospital +not yet/)
  t.match(deps.terminal.said, /Service +starts once this device has a patient/)
  const [device] = /0x[0-9a-f]{40}/.exec(deps.terminal.said) ?? []
  await writeFile(options.config, await readFile(options.config, 'utf8').then((text) => `${text}\n`))
  const before = await readFile(options.config, 'utf8')
  const again = { ...deps, terminal: new ScriptedTerminal([]) }
  await setUp({ ...options, start: false }, again, NEVER)
  t.match(again.terminal.said, `Device     ${device}`)
  t.match(again.terminal.said, /I2C +\/dev\/i2c-1 is there/)
  t.match(again.terminal.said, /as before/)
  t.match(again.terminal.said, /Service +not started/)
  t.equal(await readFile(options.config, 'utf8'), before, 'the configuration is its owner’s')
})

t.test('sensors that cannot be looked for keep nothing from being set up', async (t) => {
  const { options, deps } = await setting(t, [])
  const command = () => async () => {
    throw new SetupError('wires are crossed', { code: 'NOBODY_TO_ASK' })
  }
  await setUp({ ...options, password: false, start: false }, { ...deps, command }, NEVER)
  t.match(deps.terminal.said, 'Sensors    not looked for: wires are crossed')
  t.match(deps.terminal.said, /Service +not started/)
})

t.test('every step can be left out', async (t) => {
  const { options, deps, commands } = await setting(t, [])
  const none = { i2c: false, sensors: false, pair: false, password: false, start: false }
  await setUp({ ...options, ...none }, deps, NEVER)
  t.same(commands, [])
  t.same(
    deps.machine.commands.filter((command) => !command.startsWith('systemd-creds')),
    [],
  )
})

t.test('programs of the system are run with their input, and their complaint is passed on', async (t) => {
  t.equal(await linuxMachine.run('cat', [], 'secret'), 'secret')
  await t.rejects(linuxMachine.run('sh', ['-c', 'echo broken >&2; exit 3']), {
    code: 'PROGRAM_FAILED',
    message: /broken/,
  })
  await t.rejects(linuxMachine.run('/nowhere/at/all', []), { code: 'PROGRAM_FAILED' })
})
