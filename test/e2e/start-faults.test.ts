import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { chmod, readFile, rename, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { beginPairing } from '@hygeia/dapp/patient/pair'
import { DAY_MS, HOUR_MS, type UnixMs } from '@hygeia/protocol/units'
import t from 'tap'
import { AGENT, DeviceProcess } from '../support/device.ts'
import { endsInOneLine, movedClock } from '../support/failed-start.ts'
import { DAEMON } from '../support/hospital.ts'
import { noisyBedside } from '../support/noisy-bedside.ts'
import { steadyPorts } from '../support/ports.ts'
import { openScene } from '../support/scene.ts'
import { until } from '../support/until.ts'

t.setTimeout(240_000)

t.test('what keeps hospital or agent from starting is said in one line', async (t) => {
  const scene = await openScene(t)
  const { dir, hospital, patient } = scene
  const bedside = { dir: join(dir, 'device'), kind: 'mqtt', start: Date.now() as UnixMs, speed: 1 } as const
  const device = await DeviceProcess.init(bedside.dir, noisyBedside(bedside))
  const agent = (says: RegExp, more: object = {}) => ({
    program: AGENT,
    args: ['run', '--config', device.configFile],
    says,
    ...more,
  })
  const daemon = (says: RegExp, more: object = {}) => ({
    program: DAEMON,
    args: ['run', '--config', hospital.configFile],
    says,
    ...more,
  })

  await t.test('an agent that is not ready', async (t) => {
    await endsInOneLine(t, 'not paired', agent(/not paired yet: run pair/))
    const { text } = await beginPairing(patient)
    const pair = ['pair', '--config', device.configFile, text]
    const over = {
      program: AGENT,
      args: pair,
      env: movedClock(3_650 * DAY_MS),
      says: /this enrolment has expired/,
    }
    await endsInOneLine(t, 'pairing with a clock ten years ahead', over)
    await device.pair(patient)
  })

  await t.test('an agent with the wrong things', async (t) => {
    device.start()
    await until('the agent runs', async () => (await device.status())?.state === 'running')
    await endsInOneLine(t, 'a second one', agent(/another agent runs on/))
    await device.process.stop()
    const key = join(device.stateDir, 'device.key')
    const kept = await readFile(key, 'utf8')
    await rename(key, `${key}.away`)
    await endsInOneLine(t, 'key missing', agent(/device\.key: run init/))
    await writeFile(key, `${'1'.repeat(64)}\n`, { mode: 0o600 })
    await endsInOneLine(t, 'other key', agent(/key is not that of the paired device/))
    await writeFile(key, kept)
    await chmod(key, 0o644)
    await endsInOneLine(t, 'key exposed', agent(/chmod 600/))
    await chmod(key, 0o600)
    const good = noisyBedside(bedside)
    const malformed = join(dir, 'recording.csv')
    await writeFile(malformed, 'second,heart_rate_bpm,spo2_percent\n0,70,97\n1,x,97\n')
    const source = { kind: 'recording', file: malformed } as const
    await device.configure({ ...good, simulation: { ...good.simulation, source } })
    await endsInOneLine(t, 'broken recording', agent(/line 3 of the recording/))
    const faulty = {
      ...good,
      logLevel: 'loud',
      colour: 'red',
      batch: { journalMs: 1, windowMs: { vitals: 'long' } },
      uplink: { kind: 'mqtt', url: 'http://nowhere' },
    }
    await writeFile(device.configFile, JSON.stringify({ ...faulty, stateDir: 'here' }))
    const fields = [
      'stateDir',
      'logLevel',
      'colour',
      'batch.journalMs',
      'batch.windowMs.vitals',
      'uplink.url',
    ]
    await endsInOneLine(t, 'configuration', agent(/has 6 faults:$/, { fields }))
  })

  await t.test('a second hospital beside the first', async (t) => {
    const config = JSON.parse(await readFile(hospital.configFile, 'utf8'))
    const { api, mqtt, coap, rpc } = await steadyPorts()
    const elsewhere = join(dir, 'elsewhere.json')
    const doors = {
      api: { ...config.api, port: api },
      mqtt: { ...config.mqtt, port: mqtt },
      coap: { ...config.coap, port: coap },
      chain: { ...config.chain, rpc: { ...config.chain.rpc, port: rpc } },
    }
    await writeFile(elsewhere, JSON.stringify({ ...config, ...doors }))
    const args = ['run', '--config', elsewhere]
    await endsInOneLine(t, 'on the same data', { program: DAEMON, args, says: /another process holds/ })
    t.ok(hospital.process.isRunning, 'the first is not disturbed')
  })

  await hospital.stop()
  const config = JSON.parse(await readFile(hospital.configFile, 'utf8'))

  await t.test('a hospital whose port is taken', async (t) => {
    for (const [name, port] of [
      ['api', config.api.port],
      ['mqtt', config.mqtt.port],
      ['rpc', config.chain.rpc.port],
    ] as const) {
      const other = createServer().listen(port, '127.0.0.1')
      await once(other, 'listening')
      await endsInOneLine(t, name, daemon(new RegExp(`(:${port} is in use|in use.*:${port})`)))
      other.close()
    }
    const other = createSocket('udp4')
    other.bind(config.coap.port, '127.0.0.1')
    await once(other, 'listening')
    await endsInOneLine(t, 'coap', daemon(new RegExp(`:${config.coap.port} is in use`)))
    other.close()
  })

  await t.test('a hospital with the wrong things', async (t) => {
    const keys = join(hospital.dir, 'keys')
    for (const name of ['anchor.key', 'ca.pem', 'genesis.json']) {
      const path = join(keys, name)
      await rename(path, `${path}.away`)
      await endsInOneLine(t, `${name} missing`, daemon(new RegExp(name)))
      await rename(`${path}.away`, path)
    }
    const genesis = join(keys, 'genesis.json')
    const text = await readFile(genesis, 'utf8')
    const other = JSON.parse(text)
    other.timestamp = '0x5f5e100'
    await writeFile(genesis, JSON.stringify(other))
    await endsInOneLine(t, 'another chain', daemon(/the chain in .* began as 0x.*, not as 0x/))
    await writeFile(genesis, text)
    await endsInOneLine(
      t,
      'clock behind the chain',
      daemon(/min behind the newest block/, { env: movedClock(-HOUR_MS) }),
    )
    const ahead = daemon(/certificate ended on/, { env: movedClock(3_650 * DAY_MS) })
    await endsInOneLine(t, 'clock ten years ahead', ahead)
  })

  await t.test('a hospital that was told nonsense', async (t) => {
    const text = await readFile(hospital.configFile, 'utf8')
    const nonsense = {
      ...config,
      dataDir: 'here',
      publicHost: 3,
      colour: 'red',
      mqtt: { port: 70_000 },
      api: { limits: { teapots: 1 } },
      ipfs: { listen: 'everywhere' },
    }
    await writeFile(hospital.configFile, JSON.stringify(nonsense))
    const fields = ['dataDir', 'publicHost', 'colour', 'mqtt.port', 'api.limits.teapots', 'ipfs.listen']
    await endsInOneLine(t, 'configuration', daemon(/has 6 faults:$/, { fields }))
    await writeFile(hospital.configFile, '{')
    const fault = `Expected property name or '}' in JSON at position 1 (line 1 column 2)`
    await endsInOneLine(t, 'half a file', daemon(/has 1 fault:$/, { fields: [fault] }))
    await writeFile(hospital.configFile, text)
  })

  await hospital.start()
  t.pass('and with everything put right it starts')
})
