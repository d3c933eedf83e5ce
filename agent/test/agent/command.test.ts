import { spawn } from 'node:child_process'
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { SENSORS, TestAgent, testFolder } from '../support/bedside.ts'
import { makeSetting } from '../support/setting.ts'
import { until } from '../support/until.ts'

t.jobs = 2

const AGENT = fileURLToPath(new URL('../../bin/agent.ts', import.meta.url))

/** Run the command to its end. */
async function run(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [AGENT, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, err] = [child.stdout, child.stderr].map(async (stream) => {
    let text = ''
    for await (const part of stream) text += part
    return text
  })
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  return { code, out: (await out) ?? '', err: (await err) ?? '' }
}

t.test(
  'init makes a key that only its owner may read, and a configuration; again it changes nothing',
  async (t) => {
    const folder = await testFolder(t)
    const [config, state] = [join(folder, 'etc/agent.json'), join(folder, 'state')]
    const first = await run('init', '--config', config, '--state', state)
    t.equal(first.code, 0, first.err)
    const device = /0x[0-9a-f]{40}/.exec(first.out)?.[0]
    t.ok(device)
    t.equal((await stat(join(state, 'device.key'))).mode & 0o777, 0o600)
    const written = await readFile(config, 'utf8')
    const again = await run('init', '--config', config, '--state', state)
    t.match(again, { code: 0, out: new RegExp(`${device} \\(as before\\)`) })
    t.equal(await readFile(config, 'utf8'), written)
    t.match(await run('run', '--config', config), {
      code: 78,
      err: /^hygeia-agent: this device is not paired yet.*\n$/,
    })
    t.match(await run('status', '--config', config), {
      code: 78,
      err: /^hygeia-agent: .*not paired yet.*\n$/,
    })
  },
)

t.test('every field at fault is listed', async (t) => {
  const folder = await testFolder(t)
  const config = join(folder, 'agent.json')
  await writeFile(
    config,
    JSON.stringify({
      stateDir: 'relative',
      sensors: [{ ...SENSORS[1], address: '0x99' }],
      batch: { journalMs: 5, windowMs: { vitals: 0 } },
      uplink: { kind: 'mqtt', url: 'coap://here' },
      nonsense: 1,
    }),
  )
  const { code, err } = await run('run', '--config', config)
  t.equal(code, 78)
  for (const field of [
    'stateDir',
    'sensors.0.address',
    'batch.journalMs',
    'batch.windowMs.vitals',
    'nonsense',
  ]) {
    t.match(err, `  ${field}: `)
  }
  t.match(await run('run', '--config', join(folder, 'none.json')), {
    code: 78,
    err: /^hygeia-agent: cannot read .*\n$/,
  })
  await writeFile(config, '{')
  t.match((await run('run', '--config', config)).code, 78)
})

t.test('a key that others may read is refused', async (t) => {
  const folder = await testFolder(t)
  const config = join(folder, 'agent.json')
  await run('init', '--config', config, '--state', folder)
  await chmod(join(folder, 'device.key'), 0o644)
  t.match(await run('run', '--config', config), { code: 78, err: /can be read by others: chmod 600/ })
})

t.test('help shows examples, and what is mistyped ends in an error', async (t) => {
  for (const command of ['init', 'pair', 'run', 'status', 'allow']) {
    t.match(await run(command, '--help'), { code: 0, out: /Examples:\n {2}hygeia-agent / })
  }
  t.match((await run('--help')).out, /pair/)
  t.equal((await run('nonsense')).code, 1)
  const folder = await testFolder(t)
  await run('init', '--config', join(folder, 'a.json'), '--state', folder)
  t.match(await run('pair', 'hygeia1:xyz', '--config', join(folder, 'a.json')), {
    code: 78,
    err: /^hygeia-agent: enrolment: .*\n$/,
  })
})

t.test('a running agent shows how it is, and lets no second one run beside it', async (t) => {
  const { folder, patient, pinned } = await makeSetting(t)
  const agent = await TestAgent.make({
    folder,
    patient,
    hospital: pinned,
    config: {
      sensors: [
        ...SENSORS,
        {
          name: 'gone',
          kind: 'tmp117',
          address: '0x49',
          bus: 1,
          channels: [{ channel: 'room-temperature', from: 'temperature' }],
        },
      ].slice(0, 3),
      simulation: { source: { kind: 'noise' }, time: { startUnixMs: Date.UTC(2025, 0, 1), speed: 120 } },
      status: { everyMs: 200 },
      logLevel: 'warn',
    },
  })
  const config = join(folder, 'agent.json')
  agent.start()
  t.teardown(() => agent.stop('SIGKILL'))
  await until('a receipt is in', async () => ((await agent.status())?.delivery?.receipts.count ?? 0) > 0)
  const shown = await run('status', '--config', config)
  t.match(shown, { code: 0, out: /^agent +running, pid \d+/ })
  for (const row of ['spool', 'last receipt', 'label keys', 'sensor oximeter', 'sensor thermometer']) {
    t.match(shown.out, new RegExp(`^${row} `, 'm'))
  }
  const json = JSON.parse((await run('status', '--json', '--config', config)).out)
  t.match(json, { version: 1, isLive: true, state: 'running', device: agent.signer.address })
  t.match(await run('run', '--config', config), {
    code: 78,
    err: /^hygeia-agent: another agent runs on .*\n$/,
  })
  t.equal(await agent.stop('SIGTERM'), 0)
  t.match((await run('status', '--config', config)).out, /^agent +not running\n/)
  t.equal((await stat(join(folder, 'status.json'))).mode & 0o777, 0o644, 'others may look')
})

t.test('a bus that is not there is named, and starting again may help', async (t) => {
  const { folder, patient, pinned } = await makeSetting(t)
  const agent = await TestAgent.make({
    folder,
    patient,
    hospital: pinned,
    config: { sensors: [{ ...SENSORS[1], bus: 31 }], logLevel: 'silent' },
  })
  agent.start()
  t.equal(await agent.ended(), 1)
  t.match(agent.output, /^hygeia-agent: .*\n$/)
})

t.test('a state directory that cannot be written is told in one line', async (t) => {
  const { folder, patient, pinned } = await makeSetting(t)
  const agent = await TestAgent.make({
    folder,
    patient,
    hospital: pinned,
    config: { sensors: SENSORS, simulation: { source: { kind: 'noise' } }, logLevel: 'silent' },
  })
  await mkdir(join(folder, 'agent.db'))
  agent.start()
  t.equal(await agent.ended(), 1)
  t.match(agent.output, /^hygeia-agent: .*\n$/)
})
