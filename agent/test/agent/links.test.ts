import t from 'tap'
import { makeCertificates } from '../support/certificates.ts'
import { deliver } from '../support/delivering.ts'
import { openApi, openBroker } from '../support/doors.ts'
import { sample } from '../support/line.ts'
import { hasMosquitto, openMosquitto } from '../support/mosquitto.ts'
import { TcpProxy, UdpProxy } from '../support/proxy.ts'
import { makeSetting, type Setting } from '../support/setting.ts'
import { until } from '../support/until.ts'

t.jobs = 2
t.setTimeout(300_000)

const portOf = (url: string) => Number(new URL(url).port)

async function throughProxy(t: { teardown(work: () => unknown): unknown }, setting: Setting) {
  const proxy = new TcpProxy(portOf(setting.broker.url))
  const port = await proxy.listen()
  t.teardown(() => proxy.close())
  return { proxy, url: `mqtts://127.0.0.1:${port}` }
}

t.test('mqtt: connections that are cut again and again lose and double nothing', async (t) => {
  const setting = await makeSetting(t, { periodMs: 100 })
  const { proxy, url } = await throughProxy(t, setting)
  const agent = await deliver(setting, { uplink: { kind: 'mqtt', url, resendAfterMs: 3_000 } })
  t.teardown(() => agent.stop())
  for (let cut = 0; cut < 5; cut++) {
    await until('it is connected anew', () => agent.delivery.status().uplink.connects > cut)
    await agent.minutes(20)
    // In the midst of them.
    await until('some are acknowledged', () => agent.delivery.status().uplink.sent >= 20 * cut + 5)
    proxy.cut()
  }
  await until('it is done', () => agent.delivery.isDone)
  t.equal(setting.hospital.batches.length, 100)
  t.ok(agent.delivery.status().uplink.connects >= 5)
  t.equal(setting.broker.refused, 0, 'with a fresh nonce each time')
  t.same(agent.faults, [])
})

t.test('mqtt: a connection that is silent is given up', async (t) => {
  const setting = await makeSetting(t)
  const { proxy, url } = await throughProxy(t, setting)
  const agent = await deliver(setting, { uplink: { kind: 'mqtt', url, stallMs: 400 } })
  t.teardown(() => agent.stop())
  await agent.minutes(1)
  await until('it is done', () => agent.delivery.isDone)
  proxy.isFrozen = true
  await agent.minutes(3)
  await until('it is noticed', () => agent.delivery.status().uplink.lastFault === 'LINK_STALLED')
  proxy.isFrozen = false
  proxy.cut()
  await until('it is done', () => agent.delivery.isDone)
  t.equal(setting.hospital.batches.length, 4)
})

t.test('mqtt: a hospital that is away is waited for, and the spool says how long it can', async (t) => {
  const setting = await makeSetting(t)
  const { proxy, url } = await throughProxy(t, setting)
  proxy.isRefusing = true
  const agent = await deliver(setting, { uplink: { kind: 'mqtt', url } })
  t.teardown(() => agent.stop())
  await agent.minutes(10)
  await until('it was tried', () => agent.delivery.status().uplink.lastFault === 'HOSPITAL_UNREACHABLE')
  t.match(agent.delivery.status(), { spool: { batches: 10 }, uplink: { isUp: false } })
  proxy.isRefusing = false
  await until('it is done', () => agent.delivery.isDone)
})

t.test('mqtt: somebody else in between gets nothing, and no log-in', async (t) => {
  const setting = await makeSetting(t)
  const impostor = await makeCertificates()
  const other = await openBroker(impostor, setting.hospital, setting.apiState.nonces)
  t.teardown(() => other.close())
  const agent = await deliver(setting, { uplink: { kind: 'mqtt', url: other.url } })
  t.teardown(() => agent.stop())
  await agent.minutes(1)
  await until('it was tried', () => agent.delivery.status().uplink.lastFault === 'HOSPITAL_NOT_PINNED')
  t.equal(setting.hospital.batches.length, 0)
  t.equal(other.refused, 0)
})

t.test(
  'mqtt: certificates that are not yet good are taken until the clock is set, and no others',
  async (t) => {
    const base = await makeSetting(t)
    const tls = await makeCertificates({ from: 10 })
    const api = await openApi(tls, base.apiState)
    t.teardown(() => api.close())
    const broker = await openBroker(tls, base.hospital, base.apiState.nonces)
    t.teardown(() => broker.close())
    const setting: Setting = {
      ...base,
      tls,
      api,
      broker,
      pinned: { ...base.pinned, api: api.url, ca: tls.ca, mqtt: broker.url },
    }
    // Not simulated: dates count once the clock is set.
    const config = { simulation: undefined, uplink: { kind: 'mqtt' } }
    const agent = await deliver(setting, config)
    t.teardown(() => agent.stop())
    await until('it is let in', () => agent.delivery.status().uplink.isUp)
    await agent.take([sample('pulse', 0, 60)])
    broker.cut()
    await until('then not', () => agent.delivery.status().uplink.lastFault === 'HOSPITAL_NOT_PINNED')
  },
)

t.test(
  'mqtt: an unmodified Mosquitto will do',
  { skip: !hasMosquitto && 'not on this machine' },
  async (t) => {
    const setting = await makeSetting(t)
    const door = await openMosquitto(setting.folder, setting.tls, setting.hospital)
    t.teardown(() => door.close())
    const agent = await deliver(setting, { uplink: { kind: 'mqtt', url: door.url } })
    t.teardown(() => agent.stop())
    await agent.minutes(50)
    await until('it is done', () => agent.delivery.isDone)
    t.equal(setting.hospital.batches.length, 50)
    t.match(agent.delivery.status(), { receipts: { count: 50 } })
  },
)

t.test('coap: a network that loses, repeats and reorders datagrams only takes longer', async (t) => {
  const setting = await makeSetting(t, { periodMs: 300 })
  const proxy = new UdpProxy(portOf(setting.coap.url))
  const port = await proxy.listen()
  t.teardown(() => proxy.close())
  // One in five comes twice, all in some disorder, and every eleventh is lost: what is sent again hardly ever twice in
  // a row, or waiting longer each time would be all that is seen.
  let count = 0
  let state = 1
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
  proxy.fate = () => {
    if (++count % 11 === 0) return []
    return random() < 1 / 5 ? [random() * 3, 15] : [random() * 4]
  }
  const agent = await deliver(setting, {
    uplink: { kind: 'coap', url: `coap://127.0.0.1:${port}`, resendAfterMs: 5_000 },
  })
  t.teardown(() => agent.stop())
  await agent.minutes(4)
  // One that needs several blocks.
  await agent.take(
    Array.from({ length: 4_500 }, (_, at) => sample('ecg-ii', 240_000 + at, ((at * at) % 4_001) - 2_000)),
  )
  await agent.minutes(1)
  await until('it is done', () => agent.delivery.isDone)
  t.ok(count >= 33, 'some were lost')
  t.ok(setting.hospital.batches.some(({ block }) => block.length > 4_096))
  t.same(agent.faults, [])
})

t.test('coap: datagrams that are nonsense, or from somebody else, change nothing', async (t) => {
  const setting = await makeSetting(t)
  const proxy = new UdpProxy(portOf(setting.coap.url))
  const port = await proxy.listen()
  t.teardown(() => proxy.close())
  const agent = await deliver(setting, { uplink: { kind: 'coap', url: `coap://127.0.0.1:${port}` } })
  t.teardown(() => agent.stop())
  for (let round = 0; round < 10; round++) {
    await agent.minutes(1)
    for (let length = 0; length < 40; length++) {
      proxy.inject(
        Buffer.from(Array.from({ length }, (_, index) => (index * 37 + round * 101 + length) & 0xff)),
      )
    }
    // An acknowledgement with a Block1 that nobody sent, and an option that runs out.
    proxy.inject(Buffer.from('6844000100d1ff', 'hex'))
    proxy.inject(Buffer.from('60450001ffff', 'hex'))
  }
  await until('it is done', () => agent.delivery.isDone)
  t.equal(setting.hospital.batches.length, 10)
  t.same(agent.faults, [])
})

t.test('coap: a hospital that is away is waited for', async (t) => {
  const setting = await makeSetting(t)
  const proxy = new UdpProxy(portOf(setting.coap.url))
  const port = await proxy.listen()
  t.teardown(() => proxy.close())
  proxy.fate = () => []
  const agent = await deliver(setting, { uplink: { kind: 'coap', url: `coap://127.0.0.1:${port}` } })
  t.teardown(() => agent.stop())
  await agent.minutes(3)
  t.match(agent.delivery.status(), { spool: { batches: 3 }, uplink: { isUp: false } })
  proxy.fate = () => [0]
  await until('it is done', () => agent.delivery.isDone)
})

t.test('coap: receipts are found soon after the block, without hammering', async (t) => {
  const setting = await makeSetting(t, { periodMs: 1_000 })
  const agent = await deliver(setting, { uplink: { kind: 'coap' } })
  t.teardown(() => agent.stop())
  const { hospital } = setting
  let anchoredAt = 0
  const late: number[] = []
  const anchor = hospital.anchor.bind(hospital)
  hospital.anchor = () => {
    anchor()
    anchoredAt = performance.now()
  }
  for (let block = 0; block < 8; block++) {
    await agent.minutes(1)
    await until('it is done', () => agent.delivery.isDone)
    late.push(performance.now() - anchoredAt)
  }
  t.comment(late.map(Math.round).join(' '))
  const [, , , , median = Number.NaN] = late.toSorted((a, b) => a - b)
  // On a machine that has nothing else to do, all take 10 to 100 ms.
  t.ok(Math.min(...late) < 400, `${Math.round(Math.min(...late))} ms after the anchor at best`)
  t.ok(median < hospital.periodMs, `${Math.round(median)} ms as a rule: before the next block`)
  t.ok(hospital.questions.length < 50, `${hospital.questions.length} questions for 8 blocks`)
})
